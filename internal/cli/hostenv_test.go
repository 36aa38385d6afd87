package cli

import (
	"context"
	"io"
	"slices"
	"testing"

	"github.com/ferry-project/ferry"
	"github.com/ferry-project/ferry/internal/api"
	"github.com/ferry-project/ferry/internal/api/apitest"
)

func detail(connector bool) api.Detail {
	d := api.Detail{Stack: ferry.Stack{ID: "sa-1"}}
	d.Plan.Nodes = []ferry.Node{{NodeBlueprint: ferry.NodeBlueprint{Name: "db0"}, Address: "10.0.0.2"}}
	d.Plan.Services = []ferry.Planned{{Class: ferry.Storage, Nodes: []string{"db0"}, Export: ferry.Export{
		Class: ferry.Storage, Values: map[string]string{"ip": "db0", "password": ferry.SecretRef("db", "value")},
	}}}
	if connector {
		d.Plan.Services = append(d.Plan.Services, ferry.Planned{Class: ferry.Connector, Nodes: []string{"client0"}})
	}
	return d
}

func TestHostEnvAsksAConnectorForSecrets(t *testing.T) {
	f := &apitest.Ferry{ExecFunc: func(_ context.Context, _ string, _ api.ExecRequest, s api.Streams) (int, error) {
		_, err := io.WriteString(s.Out, "PATH=/bin\x00BACKEND_STORAGE_PASSWORD=s3cret=x\x00")
		return 0, err
	}}
	for name, c := range map[string]struct {
		connector bool
		want      []string
	}{
		"with a connector": {true, []string{"BACKEND_STORAGE_IP=10.0.0.2", "BACKEND_STORAGE_PASSWORD=s3cret=x", "FERRY_STACK=sa-1"}},
		"without":          {false, []string{"BACKEND_STORAGE_IP=10.0.0.2", "FERRY_STACK=sa-1"}},
	} {
		got, err := hostEnv(t.Context(), f, detail(c.connector))
		if err != nil || !slices.Equal(got, c.want) {
			t.Errorf("%s: %q, %v", name, got, err)
		}
	}
}
