package server_test

import (
	"bytes"
	"encoding/json"
	"flag"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"strings"
	"testing"

	"github.com/ferry-project/ferry/internal/api"
	"github.com/ferry-project/ferry/internal/api/apitest"
	"github.com/ferry-project/ferry/internal/api/server"
)

var update = flag.Bool("update", false, "rewrite docs/openapi.json")

// golden is the committed document, for readers and for generators of clients.
var golden = filepath.Join("..", "..", "..", "docs", "openapi.json")

func get(t *testing.T, path string) *httptest.ResponseRecorder {
	t.Helper()
	w := httptest.NewRecorder()
	h := server.Handler(&apitest.Ferry{}, server.Options{})
	h.ServeHTTP(w, httptest.NewRequest(http.MethodGet, path, nil))
	return w
}

func TestCommittedDocumentIsCurrent(t *testing.T) {
	var now bytes.Buffer
	if err := json.Indent(&now, get(t, "/openapi.json").Body.Bytes(), "", "  "); err != nil {
		t.Fatal(err)
	}
	now.WriteByte('\n')
	if *update {
		if err := os.WriteFile(golden, now.Bytes(), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	committed, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(committed, now.Bytes()) {
		t.Error("docs/openapi.json is not what the server serves; run: go test ./internal/api/server -run Document -update")
	}
}

// document is the part of OpenAPI that the tests look at.
type document struct {
	OpenAPI string `json:"openapi"`
	Info    struct{ Title, Version, Description string }
	Paths   map[string]map[string]struct {
		OperationID string `json:"operationId"`
		Summary     string
		Description string
		Tags        []string
		Parameters  []struct {
			Name, Description string
		}
		Responses map[string]struct {
			Description string
			Content     map[string]json.RawMessage
		}
	}
	Components struct {
		Schemas map[string]json.RawMessage
	}
}

func load(t *testing.T) (document, []byte) {
	t.Helper()
	w := get(t, "/openapi.json")
	if w.Code != http.StatusOK {
		t.Fatalf("status %d", w.Code)
	}
	var d document
	if err := json.Unmarshal(w.Body.Bytes(), &d); err != nil {
		t.Fatal(err)
	}
	return d, w.Body.Bytes()
}

func TestDocumentIsComplete(t *testing.T) {
	d, _ := load(t)
	if !strings.HasPrefix(d.OpenAPI, "3.1.") {
		t.Errorf("version %q, want 3.1", d.OpenAPI)
	}
	if d.Info.Title == "" || d.Info.Version == "" || d.Info.Description == "" {
		t.Errorf("info %+v has a hole", d.Info)
	}
	seen := map[string]string{}
	for path, methods := range d.Paths {
		for method, op := range methods {
			where := method + " " + path
			if op.OperationID == "" || op.Summary == "" || op.Description == "" || len(op.Tags) == 0 {
				t.Errorf("%s lacks an id, a summary, a description or a tag", where)
			}
			if other := seen[op.OperationID]; other != "" {
				t.Errorf("%s has the id of %s: %s", where, other, op.OperationID)
			}
			seen[op.OperationID] = where
			if op.Responses["default"].Content["application/problem+json"] == nil {
				t.Errorf("%s does not say how it fails", where)
			}
			for status, r := range op.Responses {
				if r.Description == "" {
					t.Errorf("%s: answer %s has no description", where, status)
				}
			}
			for _, p := range op.Parameters {
				if p.Description == "" {
					t.Errorf("%s: parameter %s has no description", where, p.Name)
				}
			}
		}
	}
	if want := reflect.TypeFor[api.Ferry]().NumMethod() + 1; len(seen) != want {
		t.Errorf("%d operations, want %d: one for each method of api.Ferry, two for Follow", len(seen), want)
	}
}

func TestDocumentRefersOnlyToWhatIsThere(t *testing.T) {
	d, raw := load(t)
	used := map[string]bool{}
	for _, m := range regexp.MustCompile(`"#/components/schemas/([^"]+)"`).FindAllSubmatch(raw, -1) {
		used[string(m[1])] = true
		if d.Components.Schemas[string(m[1])] == nil {
			t.Errorf("no schema %s", m[1])
		}
	}
	for name := range d.Components.Schemas {
		if !used[name] {
			t.Errorf("schema %s is not used", name)
		}
	}
}

func TestDocumentComesAsYAML(t *testing.T) {
	w := get(t, "/openapi.yaml")
	if w.Code != http.StatusOK || !strings.Contains(w.Body.String(), "openapi: 3.1.") {
		t.Errorf("status %d, %.80q", w.Code, w.Body)
	}
}
