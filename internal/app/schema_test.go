package app_test

import (
	"bytes"
	"encoding/json"
	"maps"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/ferry-project/ferry/internal/app"
	"github.com/ferry-project/ferry/internal/personality"
)

func schemaOf(t testing.TB, cards []personality.Card) *jsonschema.Schema {
	t.Helper()
	text, err := app.Schema(cards)
	if err != nil {
		t.Fatal(err)
	}
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	c := jsonschema.NewCompiler()
	if err := c.AddResource("app.json", doc); err != nil {
		t.Fatal(err)
	}
	s, err := c.Compile("app.json")
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestSchemaTakesWhatTheDecoderTakes(t *testing.T) {
	s := schemaOf(t, large())
	patterns := []string{"testdata/valid/*.yaml", "testdata/valid/*s.json", "../../examples/*.yaml", "../../examples/*.json", "builtin/*.yaml"}
	for _, file := range files(t, patterns...) {
		t.Run(filepath.Base(file), func(t *testing.T) {
			d, err := app.Parse(file, read(t, file))
			if err != nil {
				t.Fatal(err)
			}
			if err := s.Validate(d.Data()); err != nil {
				t.Errorf("%#v", err)
			}
		})
	}
}

// The files of testdata/invalid that hold nothing wrong but what a schema cannot
// know: other places of the file, the world, the options of a personality.
var beyondSchema = []string{
	"answers.yaml", "answers-text.yaml", "duplicates.yaml", "forms.yaml", "nothing-to-serve.yaml", "overrides.yaml", "own-image.yaml",
}

func TestSchemaRefuses(t *testing.T) {
	s := schemaOf(t, large())
	for _, file := range files(t, "testdata/invalid/*.yaml", "testdata/invalid/*.json") {
		name := filepath.Base(file)
		d, err := app.Parse(file, read(t, file))
		if err != nil || name == "cycle.yaml" {
			continue // no document to judge
		}
		t.Run(name, func(t *testing.T) {
			refused := s.Validate(d.Data()) != nil
			if want := !slices.Contains(beyondSchema, name); refused != want {
				t.Errorf("refused: %v, want %v", refused, want)
			}
		})
	}
}

// One fault in an application that is right otherwise: both must refuse it.
func TestSchemaAndDecoderRefuse(t *testing.T) {
	s := schemaOf(t, large())
	const service = "backend:\n  storage:\n    personality: gluster\n    "
	const client = "backend: {storage: {personality: gluster}}\nconnectors:\n  - personality: gluster-client\n    "
	for name, text := range map[string]string{
		"unknown key":           "backends: []\n" + service,
		"unknown service key":   service + "image: x",
		"ports of a storage":    service + "ports: [80]",
		"unknown personality":   "backend: {storage: {personality: nosuch}}",
		"compute as storage":    "backend: {storage: {personality: mpi}}",
		"no personality":        "backend: {storage: {instances: 2}}",
		"no backend":            "connectors: []",
		"count zero":            service + "instances: 0",
		"count negative":        service + "instances: -1",
		"count of words":        service + "instances: abc",
		"count too large":       service + "instances: 10001",
		"count of a list":       service + "instances: [1]",
		"count at most":         service + `instances: "<=3"`,
		"count of nothing":      service + "instances:",
		"layer unknown":         service + "layers: [nosuch]",
		"memory in words":       service + "resources: {memory: lots}",
		"memory too small":      service + "resources: {memory: 100}",
		"cpus of zero":          service + "resources: {cpus: 0}",
		"unknown resource":      service + "resources: {disk: 1g}",
		"config without files":  service + "config: {a: b}",
		"environment as a list": service + "env: [A=1]",
		"environment name":      service + "env: {1A: x}",
		"args as a list":        service + "args: [x]",
		"arg as a mapping":      service + "args: {a: {b: c}}",
		"version as a list":     service + "version: [1]",
		"compute as a mapping":  service + "\n  compute: {personality: mpi}",
		"name with capitals":    client + "name: Control",
		"name with underscore":  client + "name: a_b",
		"name too long":         client + "name: " + strings.Repeat("a", 64),
		"port zero":             client + "ports: [0]",
		"port in words":         client + "ports: [http]",
		"port range":            client + `ports: ["80-90:80"]`,
		"ports not a list":      client + "ports: 80",
		"layers of a connector": client + "layers: []",
		"question without text": "questions: [{param: x}]\n" + service,
		"question with options": "questions: [{param: x, question: y, options: []}]\n" + service,
		"metadata as a list":    "metadata: [a]\n" + service,
		"author as a list":      "metadata: {author: [a]}\n" + service,
	} {
		t.Run(name, func(t *testing.T) {
			d, err := app.Parse("app.yaml", []byte(text))
			if err != nil {
				t.Fatal(err)
			}
			if s.Validate(d.Data()) == nil {
				t.Error("the schema takes it")
			}
			if a, err := d.Application(app.Options{Cards: large()}); err == nil {
				t.Errorf("the decoder takes it: %+v", a)
			}
		})
	}
}

func TestSchemaKnowsTheKeysOfTheDecoder(t *testing.T) {
	type block struct {
		Properties map[string]any
		Defs       map[string]block `json:"$defs"`
	}
	text, err := app.Schema(large())
	if err != nil {
		t.Fatal(err)
	}
	var schema block
	if err := json.Unmarshal(text, &schema); err != nil {
		t.Fatal(err)
	}
	schema.Defs[""] = schema
	for name, keys := range app.Keys() {
		got := slices.Sorted(maps.Keys(schema.Defs[name].Properties))
		if diff := cmp.Diff(slices.Sorted(slices.Values(keys)), got); diff != "" {
			t.Errorf("%s (-decoder +schema):\n%s", name, diff)
		}
	}
}

func TestSchemaIsTheSameEveryTime(t *testing.T) {
	first, err := app.Schema(large())
	if err != nil {
		t.Fatal(err)
	}
	for range 20 {
		if again, _ := app.Schema(large()); !bytes.Equal(first, again) {
			t.Fatal("two calls, two schemas")
		}
	}
	if _, err := app.Schema(nil); err != nil {
		t.Errorf("without personalities: %v", err)
	}
}
