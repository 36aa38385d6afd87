package ferry_test

import (
	"maps"
	"testing"

	"github.com/ferry-project/ferry"
)

func export(class ferry.Class, values map[string]string, layers ...ferry.Export) ferry.Export {
	return ferry.Export{Class: class, Values: values, Layers: layers}
}

// No backend hides another, no layer its parent, and no secret gets into an environment.
func TestBackendEnv(t *testing.T) {
	secret := ferry.SecretRef("ring", "value")
	for name, c := range map[string]struct {
		exports []ferry.Export
		want    map[string]string
	}{
		"none": {nil, map[string]string{}},
		"a storage and a compute": {
			[]ferry.Export{export(ferry.Storage, map[string]string{"ip": "a"}), export(ferry.Compute, map[string]string{"ip": "b"})},
			map[string]string{"BACKEND_STORAGE_IP": "a", "BACKEND_COMPUTE_IP": "b"},
		},
		"three storages, counted apart from computes": {
			[]ferry.Export{
				export(ferry.Storage, map[string]string{"ip": "a"}), export(ferry.Compute, map[string]string{"ip": "x"}),
				export(ferry.Storage, map[string]string{"ip": "b"}), export(ferry.Storage, map[string]string{"ip": "c"}),
			},
			map[string]string{
				"BACKEND_STORAGE_IP": "a", "BACKEND_COMPUTE_IP": "x", "BACKEND_STORAGE_2_IP": "b", "BACKEND_STORAGE_3_IP": "c",
			},
		},
		"the first layer wins": {
			[]ferry.Export{export(ferry.Storage, nil,
				export(ferry.Layer, map[string]string{"type": "hive"}), export(ferry.Layer, map[string]string{"type": "titan", "db": "users"}))},
			map[string]string{"BACKEND_STORAGE_LAYER_TYPE": "hive", "BACKEND_STORAGE_LAYER_DB": "users"},
		},
		"the storage's own value stays": {
			[]ferry.Export{export(ferry.Storage, map[string]string{"layer_db": "own"}, export(ferry.Layer, map[string]string{"db": "users"}))},
			map[string]string{"BACKEND_STORAGE_LAYER_DB": "own"},
		},
		"the layer of the second": {
			[]ferry.Export{
				export(ferry.Storage, nil), export(ferry.Storage, nil, export(ferry.Layer, map[string]string{"db": "users"})),
			},
			map[string]string{"BACKEND_STORAGE_2_LAYER_DB": "users"},
		},
		"secrets": {
			[]ferry.Export{export(ferry.Storage, map[string]string{"password": secret, "url": "x://" + secret + "@a", "password_file": "/f"})},
			map[string]string{"BACKEND_STORAGE_PASSWORD_FILE": "/f"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			if got := ferry.BackendEnv(c.exports); !maps.Equal(got, c.want) {
				t.Errorf("%v, want %v", got, c.want)
			}
		})
	}
}

// Layers and connectors are no backends of their own, and the order is the file's.
func TestExports(t *testing.T) {
	of := func(class ferry.Class, name string) ferry.Planned {
		return ferry.Planned{Class: class, Export: ferry.Export{Personality: name}}
	}
	p := ferry.Plan{Services: []ferry.Planned{
		of(ferry.Storage, "a"), of(ferry.Layer, "b"), of(ferry.Compute, "c"), of(ferry.Storage, "d"), of(ferry.Connector, "e"),
	}}
	got := ""
	for _, e := range p.Exports() {
		got += e.Personality
	}
	if got != "acd" {
		t.Errorf("exports of %q, want those of acd", got)
	}
}
