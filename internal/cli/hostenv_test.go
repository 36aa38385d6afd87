package cli

import (
	"context"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/ferry-project/ferry"
	"github.com/ferry-project/ferry/internal/api"
	"github.com/ferry-project/ferry/internal/api/apitest"
)

func detail(connector bool) api.Detail {
	d := api.Detail{Stack: ferry.Stack{ID: "sa-1"}}
	d.Plan.Nodes = []ferry.Node{{NodeBlueprint: ferry.NodeBlueprint{Name: "db0"}, Address: "10.0.0.2"}}
	d.Plan.Services = []ferry.Planned{{Class: ferry.Storage, Nodes: []string{"db0"}, Export: ferry.Export{
		Class: ferry.Storage, Values: map[string]string{
			"ip": "db0", "password": ferry.SecretRef("db", "value"), "password_file": "/conf/db0/password", "path": "/conf/db0/open",
		},
		Files: []ferry.File{{Path: "/conf/db0/password", Content: ferry.SecretRef("db", "value")}, {Path: "/conf/db0/open", Content: "x"}},
	}}}
	if connector {
		d.Plan.Services = append(d.Plan.Services, ferry.Planned{Class: ferry.Connector, Nodes: []string{"client0"}})
	}
	return d
}

// A secret comes as the name of a file of this machine, in no environment.
func TestHostEnvCopiesSecretsOfAConnector(t *testing.T) {
	f := &apitest.Ferry{ExecFunc: func(_ context.Context, _ string, r api.ExecRequest, s api.Streams) (int, error) {
		if !slices.Equal(r.Command, []string{"cat", "/conf/db0/password"}) {
			return 1, nil
		}
		_, err := io.WriteString(s.Out, "s3cret=x")
		return 0, err
	}}
	dir := t.TempDir()
	file := filepath.Join(dir, "BACKEND_STORAGE_PASSWORD_FILE")
	rest := []string{"BACKEND_STORAGE_PATH=/conf/db0/open", "FERRY_STACK=sa-1"}
	for name, c := range map[string]struct {
		connector bool
		want      []string
	}{
		"with a connector": {true, append([]string{"BACKEND_STORAGE_IP=10.0.0.2", "BACKEND_STORAGE_PASSWORD_FILE=" + file}, rest...)},
		"without":          {false, append([]string{"BACKEND_STORAGE_IP=10.0.0.2"}, rest...)},
	} {
		got, err := hostEnv(t.Context(), f, detail(c.connector), &folder{dir})
		if err != nil || !slices.Equal(got, c.want) {
			t.Errorf("%s: %q, %v", name, got, err)
		}
	}
	text, err := os.ReadFile(file)
	info, statErr := os.Stat(file)
	if err != nil || statErr != nil || string(text) != "s3cret=x" || info.Mode().Perm() != 0o600 {
		t.Errorf("the file holds %q, %v, %v", text, err, info)
	}
}

func TestHostEnvSaysWhatCannotBeRead(t *testing.T) {
	f := &apitest.Ferry{ExecFunc: func(context.Context, string, api.ExecRequest, api.Streams) (int, error) { return 1, nil }}
	_, err := hostEnv(t.Context(), f, detail(true), &folder{t.TempDir()})
	if err == nil || !strings.Contains(err.Error(), "read /conf/db0/password in a connector: cat ended with exit code 1") {
		t.Errorf("got %v", err)
	}
}
