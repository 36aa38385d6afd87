package bundle

import (
	"archive/zip"
	"bytes"
	"context"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/ferry-project/ferry"
	"github.com/ferry-project/ferry/internal/api"
	"github.com/ferry-project/ferry/internal/secret"
	"github.com/ferry-project/ferry/internal/state"
)

// stack is a stack that has failed, and whose logs and events are full of its secrets.
type stack struct {
	rec    state.Record
	logs   map[string]string
	events []ferry.Event
}

func (s *stack) Find(_ context.Context, ref string) (state.Record, error) {
	if ref != "lab" && ref != s.rec.ID {
		return state.Record{}, ferry.Errorf(ferry.NotFound, "there is no stack %s", ref)
	}
	return s.rec, nil
}

func (s *stack) Inspect(context.Context, string) (api.Detail, error) {
	d := api.Detail{Stack: s.rec.Stack(), Plan: s.rec.Plan}
	d.Problems = []string{"node1 is exited"}
	return d, nil
}

func (s *stack) Logs(_ context.Context, _ string, l api.LogsRequest, w io.Writer) error {
	text, ok := s.logs[l.Node]
	if !ok {
		return errors.New("its container is not there")
	}
	_, err := io.WriteString(w, text)
	return err
}

func (s *stack) Events(_ context.Context, _ string, after int64, limit int) (page []ferry.Event, _ error) {
	for _, e := range s.events {
		if e.Seq > after && len(page) < limit {
			page = append(page, e)
		}
	}
	return page, nil
}

func newStack(t *testing.T) *stack {
	t.Helper()
	specs := []ferry.Secret{{Name: "db", Kind: ferry.Password}, {Name: "ssh", Kind: ferry.SSHKey}}
	values, err := secret.Generate(specs)
	if err != nil {
		t.Fatal(err)
	}
	s := &stack{logs: map[string]string{}}
	s.rec = state.Record{ID: "sa-1", Name: "lab", Application: "x", Status: ferry.StartFailed, Secrets: state.Secrets(values), Plan: ferry.Plan{
		Stack: "sa-1", Nodes: []ferry.Node{
			{NodeBlueprint: ferry.NodeBlueprint{Name: "node0", Env: map[string]string{"MY_PASSWORD": "hunter2hunter2", "MODE": "quick"}, Files: []ferry.File{
				{Path: "/etc/x.conf", Content: "password=" + ferry.SecretRef("db", secret.Value) + "\nport=1\n"},
				{Path: "../../../up", Content: "climbs"},
			}}},
			{NodeBlueprint: ferry.NodeBlueprint{Name: "node1"}},
		},
	}}
	s.events = append(s.events, ferry.Event{Seq: 1, Stack: "sa-other", Kind: ferry.Note, Message: "another's"})
	for i := range int64(2 * page) { // more than one page
		s.events = append(s.events, ferry.Event{Seq: i + 2, Stack: "sa-1", Kind: ferry.Note, Message: fmt.Sprint("note ", i)})
	}
	return s
}

// leak has every secret of the stack said wherever a program may say one.
func (s *stack) leak() (said []string) {
	for _, parts := range s.rec.Secrets {
		for part, v := range parts {
			if part != secret.Public {
				said = append(said, v, base64.StdEncoding.EncodeToString([]byte(strings.TrimSpace(v))), hex.EncodeToString([]byte(strings.TrimSpace(v))))
			}
		}
	}
	said = append(said, "hunter2hunter2")
	for _, v := range said {
		s.logs["node0"] += "WARN login with " + v + " refused\n" + fmt.Sprintf("%q", v) + "\n"
		s.events = append(s.events, ferry.Event{
			Seq: int64(len(s.events) + 2), Stack: "sa-1", Kind: ferry.OpWaiting, Op: "probe online@node0", Node: "node0", Message: "refused: " + v,
			Error: &ferry.Error{Message: "it said " + v, Output: v},
		})
	}
	return said
}

// unpacked returns the files of a bundle.
func unpacked(t *testing.T, s *stack) map[string]string {
	t.Helper()
	p := New(Sources{Stacks: s, Nodes: s, Events: s, Now: time.Now, Version: func(context.Context) (api.Version, error) {
		return api.Version{Ferry: "v1.2.3", Engine: "docker", EngineVersion: "20.10"}, nil
	}})
	var b bytes.Buffer
	if err := p.Bundle(t.Context(), "lab", &b); err != nil {
		t.Fatal(err)
	}
	z, err := zip.NewReader(bytes.NewReader(b.Bytes()), int64(b.Len()))
	if err != nil {
		t.Fatal(err)
	}
	files := map[string]string{}
	for _, f := range z.File {
		r, err := f.Open()
		if err != nil {
			t.Fatal(err)
		}
		text, err := io.ReadAll(r)
		if err != nil {
			t.Fatal(err)
		}
		files[f.Name] = string(text)
	}
	return files
}

// No file of a bundle has a secret of the stack, nor a line of a key, however it was written;
// all else is there.
func TestBundleHasNoSecrets(t *testing.T) {
	s := newStack(t)
	said := s.leak()
	files := unpacked(t, s)
	for name, text := range files {
		for _, v := range said {
			for line := range strings.Lines(v) {
				line = strings.TrimSpace(line)
				if !strings.HasPrefix(line, "-----") && strings.Contains(text, line) {
					t.Errorf("%s has %q", name, line)
				}
			}
		}
	}
	if log := files["ferry-sa-1/logs/node0.log"]; strings.Count(log, hidden) < 2*len(said) || !strings.Contains(log, "WARN login with "+hidden+" refused") {
		t.Errorf("the log has\n%s", log)
	}
}

func TestBundleIsWhole(t *testing.T) {
	s := newStack(t)
	s.logs["node0"] = "hello\n" + strings.Repeat("x", longest+10) + "\nthe end without a newline"
	s.events = append(
		s.events,
		ferry.Event{Seq: 9000, Stack: "sa-1", Kind: ferry.OpWaiting, Op: "probe online@node0", Message: "connection refused"},
		ferry.Event{Seq: 9001, Stack: "sa-1", Kind: ferry.OpDone, Op: "create node0"},
		ferry.Event{Seq: 9002, Stack: "sa-1", Kind: ferry.OpFailed, Op: "task form@node0", Error: &ferry.Error{Message: "exit code 1", Output: "no peer"}},
	)
	files := unpacked(t, s)
	for name, want := range map[string]string{
		"about.txt":              "sa-1 lab, x: failed\nproblem: node1 is exited\n",
		"stack.json":             `"status": "failed"`,
		"plan.json":              `"MODE": "quick"`,
		"files/node0/etc/x.conf": "password=${ferry-secret:db.value}\nport=1\n",
		"files/node0/up":         "climbs",
		"logs/node1.log":         "[no more of it: its container is not there]",
		"waits.txt":              "waiting probe online@node0: connection refused\n",
		"events.jsonl":           `"note 1999"`,
		"logs/node0.log":         "hello\n[a line of more than 1 MiB is left out]\n",
		"waits.txt ":             "failed  task form@node0: exit code 1 no peer",
		"logs/node0.log ":        "\nthe end without a newline\n",
		"about.txt ":             "Ferry v1.2.3",
	} {
		if got := files["ferry-sa-1/"+strings.TrimSpace(name)]; !strings.Contains(got, want) {
			t.Errorf("%s: %q is not in\n%.300s", name, want, got)
		}
	}
	if all := files["ferry-sa-1/events.jsonl"]; strings.Contains(all, "another's") || strings.Count(all, "\n") != 2*page+3 {
		t.Errorf("%d events", strings.Count(all, "\n"))
	}
	if strings.Contains(files["ferry-sa-1/waits.txt"], "create node0") {
		t.Error("what was done at once was not waited for")
	}
}
