package state_test

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"testing"

	"github.com/ferry-project/ferry"
	"github.com/ferry-project/ferry/internal/state"
)

func TestReopenKeepsEverything(t *testing.T) {
	path := filepath.Join(t.TempDir(), "with space & 100% ?#", "ferry.db")
	for n := range 3 {
		s, err := state.Open(path, clock())
		if err != nil {
			t.Fatal(err)
		}
		create(t, s, record(fmt.Sprintf("sa-%d", n), ""))
		if list, err := s.List(t.Context()); err != nil || len(list) != n+1 {
			t.Errorf("opening %d: %d stacks, %v", n, len(list), err)
		}
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := os.Stat(path); err != nil {
		t.Error(err)
	}
}

func TestSecondOpenerReads(t *testing.T) {
	s, path := open(t)
	create(t, s, record("sa-1", "mine"))
	held, release := make(chan error), make(chan error)
	go func() { // a write is under way all the while
		held <- s.Update(t.Context(), "sa-1", func(*state.Record) error {
			held <- nil
			return <-release
		})
	}()
	<-held
	other, err := state.Open(path, clock())
	if err != nil {
		t.Fatal(err)
	}
	defer other.Close()
	if r, err := other.Find(t.Context(), "mine"); err != nil || r.ID != "sa-1" {
		t.Errorf("the second opener found %v, %v", r.ID, err)
	}
	release <- nil
	check(t, <-held, "", "")
}

func TestOpenRefuses(t *testing.T) {
	newer := func(t *testing.T, path string) {
		s, err := state.Open(path, clock())
		if err != nil {
			t.Fatal(err)
		}
		s.Close()
		meddle(t, path, `PRAGMA user_version = 99`)
	}
	for _, c := range []struct {
		name string
		make func(t *testing.T, path string)
		code ferry.Code
		want string
	}{
		{"a newer Ferry's file", newer, ferry.Conflict, "was written by a newer Ferry (format 99, this one knows up to " + strconv.Itoa(formats(t)) + ") / use the newer Ferry"},
		{"another kind of file", func(t *testing.T, path string) {
			text := make([]byte, 5000)
			copy(text, "this is a letter")
			if err := os.WriteFile(path, text, 0o600); err != nil {
				t.Fatal(err)
			}
		}, ferry.Failed, "damaged or not Ferry's"},
		{"a folder", func(t *testing.T, path string) {
			if err := os.Mkdir(path, 0o700); err != nil {
				t.Fatal(err)
			}
		}, ferry.Internal, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "ferry.db")
			c.make(t, path)
			before, _ := os.ReadFile(path)
			s, err := state.Open(path, clock())
			if err == nil {
				s.Close()
			}
			check(t, err, c.code, c.want)
			if after, _ := os.ReadFile(path); string(after) != string(before) {
				t.Error("the file was changed")
			}
		})
	}
}

// formats is the number of the newest format.
func formats(t *testing.T) int {
	t.Helper()
	steps, err := os.ReadDir("migrations")
	if err != nil {
		t.Fatal(err)
	}
	return len(steps)
}

// A file of an older Ferry opens, and says what it said: which stacks have been started,
// which of their services.
func TestOlderFilesOpen(t *testing.T) {
	path := filepath.Join(t.TempDir(), "ferry.db")
	for n, name := range []string{"0001_first.sql", "0002_undo.sql"} {
		text, err := os.ReadFile(filepath.Join("migrations", name))
		if err != nil {
			t.Fatal(err)
		}
		meddle(t, path, string(text))
		meddle(t, path, fmt.Sprintf("PRAGMA user_version = %d", n+1))
	}
	for id, started := range map[string]int{"sa-1": 1, "sa-2": 0} {
		meddle(t, path, fmt.Sprintf(`INSERT INTO stacks (id, application, status, intent, started, job, created, changed, problems)
			VALUES ('%s', 'a', 'running', 'running', %d, '', 1, 1, '')`, id, started))
		meddle(t, path, fmt.Sprintf(`INSERT INTO plans VALUES ('%s', '{"services": [{"id": "se-1"}, {"id": "se-2"}]}', '{"key": {"value": "x"}}')`, id))
	}
	meddle(t, path, `UPDATE stacks SET intent = 'removing' WHERE id = 'sa-2'`)
	meddle(t, path, `INSERT INTO stacks (id, application, status, intent, started, job, created, changed, problems)
		VALUES ('sa-3', 'a', 'running', 'running', 1, '', 1, 1, '')`)
	meddle(t, path, `INSERT INTO plans VALUES ('sa-3', 'no JSON', '{}')`)
	meddle(t, path, `INSERT INTO jobs VALUES ('jo-1', 'start', 'sa-1', 'running', 1, 0, '', 0)`)
	meddle(t, path, `INSERT INTO ops VALUES ('jo-1', 'network', 1, 2, '')`)
	s, err := state.Open(path, clock())
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	for id, formed := range map[string][]string{"sa-1": {"se-1", "se-2"}, "sa-2": {}} {
		r, err := s.Find(t.Context(), id)
		if err != nil || !slices.Equal(r.Formed, formed) || r.Next != nil || r.Secrets["key"]["value"] != "x" {
			t.Errorf("%s: formed %v, next %v, %v", id, r.Formed, r.Next, err)
		}
	}
	check(t, s.EndJob(t.Context(), "jo-1", ferry.JobDone, nil), "", "")
	if r, err := s.Find(t.Context(), "sa-2"); err != nil || r.Intent != ferry.WantRemoved {
		t.Errorf("wanted %s, %v", r.Intent, err)
	}
	if l := listed(t, s, 0); l.ID != "sa-1" || len(l.Listing.Services) != 2 || len(l.Problems) > 0 {
		t.Errorf("listed as %+v", l)
	}
	if l := listed(t, s, 2); l.ID != "sa-3" || len(l.Problems) != 1 {
		t.Errorf("the one whose plan cannot be read is listed as %+v", l)
	}
}

func TestFileModes(t *testing.T) {
	s, path := open(t)
	create(t, s, record("sa-1", ""))
	for name, want := range map[string]os.FileMode{
		filepath.Dir(path): 0o700 | os.ModeDir, path: 0o600, path + "-wal": 0o600, path + "-shm": 0o600,
	} {
		info, err := os.Stat(name)
		if err != nil {
			t.Error(err)
		} else if info.Mode() != want {
			t.Errorf("%s has mode %v, want %v", name, info.Mode(), want)
		}
	}
}

// The stacks of a large site: ten nodes each, with the files a Hadoop node has.
func BenchmarkList(b *testing.B) {
	s, _ := open(b)
	const stacks, nodes = 1_000, 10
	for i := range stacks {
		r := record(fmt.Sprintf("sa-%04d", i), fmt.Sprintf("name-%d", i))
		for n := range nodes {
			r.Plan.Nodes = append(r.Plan.Nodes, ferry.Node{
				NodeBlueprint: ferry.NodeBlueprint{
					Name:  fmt.Sprintf("hadoop%d", n),
					Files: []ferry.File{{Path: "/etc/hadoop/core-site.xml", Content: string(make([]byte, 4_000))}},
				},
				Host: ferry.LocalHost, Address: fmt.Sprintf("10.0.0.%d", n),
				Container: fmt.Sprintf("ferry-sa-%04d-hadoop%d", i, n), Ref: "ferry/hadoop:1",
			})
		}
		r.Plan.Services = []ferry.Planned{{
			ID: "se-12345678", Class: ferry.Storage, Spec: ferry.Service{Personality: "hadoop"}, Nodes: make([]string, nodes),
		}}
		create(b, s, r)
	}
	b.ResetTimer()
	for b.Loop() {
		list, err := s.List(b.Context())
		if err != nil || len(list) != stacks {
			b.Fatal(len(list), err)
		}
	}
}
