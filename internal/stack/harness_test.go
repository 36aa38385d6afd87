package stack

import (
	"context"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/ferry-project/ferry"
	"github.com/ferry-project/ferry/internal/api"
	"github.com/ferry-project/ferry/internal/engine"
	"github.com/ferry-project/ferry/internal/engine/fake"
	"github.com/ferry-project/ferry/internal/event"
	"github.com/ferry-project/ferry/internal/inventory"
	"github.com/ferry-project/ferry/internal/job"
	"github.com/ferry-project/ferry/internal/personality/all"
	"github.com/ferry-project/ferry/internal/run"
	"github.com/ferry-project/ferry/internal/speak"
	"github.com/ferry-project/ferry/internal/state"
)

// refs are the images of the tests; fakeBuilder makes them.
var refs = map[string]string{"gluster": "ferry/gluster:1", "openmpi": "ferry/openmpi:1", "mpi-client": "ferry/mpi-client:1"}

// fakeBuilder puts an image into the engine, as the real one does.
type fakeBuilder struct {
	engine *fake.Engine
	fail   error
}

func (b *fakeBuilder) Ensure(_ context.Context, recipe string, progress func(string)) error {
	progress("building " + recipe)
	if b.fail != nil {
		return b.fail
	}
	b.engine.AddImage(refs[recipe], map[string]string{ferry.LabelRecipe: recipe})
	return nil
}

func (b *fakeBuilder) BuildConnector(_ context.Context, name string, tar io.Reader, progress func(string)) (string, error) {
	if _, err := io.Copy(io.Discard, tar); err != nil {
		return "", err
	}
	progress("building " + name)
	b.engine.AddImage(name, map[string]string{ferry.LabelClient: "mpi-client"})
	return name, nil
}

func (b *fakeBuilder) List(ctx context.Context, label string) ([]engine.Image, error) {
	return b.engine.ListImages(ctx, label)
}

func (b *fakeBuilder) Labels(ctx context.Context, ref string) (map[string]string, bool, error) {
	return b.engine.HasImage(ctx, ref)
}

func (b *fakeBuilder) Remove(ctx context.Context, ref string) error {
	return b.engine.RemoveImage(ctx, ref)
}

type byRef struct{ *fakeBuilder }

func (b byRef) Ensure(ctx context.Context, ref ferry.ImageRef, progress func(string)) error {
	return b.fakeBuilder.Ensure(ctx, ref.Recipe, progress)
}

// world is an engine and a store that outlive the managers on them.
type world struct {
	t       *testing.T
	engine  *fake.Engine
	builder *fakeBuilder
	dir     string
	disk    disk
}

func newWorld(t *testing.T) *world {
	e := fake.New()
	return &world{t: t, engine: e, builder: &fakeBuilder{engine: e}, dir: inMemory(t)}
}

// inMemory is a folder for a store that waits for no disk, where there is one:
// hundreds of lives of a server write hundreds of times each.
func inMemory(t *testing.T) string {
	dir, err := os.MkdirTemp("/dev/shm", "ferry-test-")
	if err != nil {
		return t.TempDir()
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	return dir
}

// server is one life of the server: a manager on the world's store and engine.
type server struct {
	*Manager
	*job.Jobs
	*inventory.Inventory
	t       *testing.T
	records store
	close   func()
}

// boot starts a server's life; its end is the test's, or kill.
func (w *world) boot() *server {
	w.t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	opened, err := state.Open(filepath.Join(w.dir, "ferry.db"), time.Now)
	if err != nil {
		w.t.Fatal(err)
	}
	store := store{opened, &w.disk}
	log := slog.New(slog.DiscardHandler)
	events, err := event.New(ctx, store, log)
	if err != nil {
		w.t.Fatal(err)
	}
	jobs := job.Open(store, events, log, time.Now)
	there := &inventory.Inventory{Engine: w.engine, Records: store, Owed: jobs, HomeLabel: "home"}
	m := New(Config{
		Jobs: jobs, Inventory: there,
		Engine: w.engine, Store: store, Events: events, Builder: w.builder, Refs: refs, Builders: map[string]string{"maven": "ferry/maven:now"},
		Walker:    &run.Walker{Hosts: run.Local(w.engine, byRef{w.builder}), Speakers: speak.Speakers{"tcp": speak.TCP{}}, Publish: events.Publish, Home: "home", Version: "test", Now: time.Now, Log: log},
		Catalogue: all.Personalities(), HomeLabel: "home", Version: "test",
		Listening: func() []int { return nil }, Leased: func() {}, Log: log, Now: time.Now,
	})
	var once sync.Once
	s := &server{Manager: m, Jobs: jobs, Inventory: there, t: w.t, records: store, close: func() {
		once.Do(func() {
			cancel()
			jobs.Close()
			if err := events.Close(); err != nil {
				w.t.Error(err)
			}
			if err := store.Close(); err != nil {
				w.t.Error(err)
			}
		})
	}}
	w.t.Cleanup(s.close)
	return s
}

func (s *server) over(j ferry.Job, err error) ferry.Job {
	s.t.Helper()
	if err != nil {
		s.t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Minute)
	defer cancel()
	if err := s.Follow(ctx, j.ID, 0, func(ferry.Event) error { return nil }); err != nil {
		s.t.Fatalf("follow %s: %v", j.ID, err)
	}
	j, err = s.Job(ctx, j.ID)
	if err != nil {
		s.t.Fatal(err)
	}
	return j
}

// done waits for a job and demands that it went well.
func (s *server) done(j ferry.Job, err error) ferry.Job {
	s.t.Helper()
	j = s.over(j, err)
	if j.State != ferry.JobDone {
		s.t.Fatalf("job %s is %s: %v", j.Kind, j.State, j.Error)
	}
	return j
}

func (s *server) status(id string) ferry.Status {
	s.t.Helper()
	stacks, err := s.List(context.Background(), true)
	if err != nil {
		s.t.Fatal(err)
	}
	for _, st := range stacks {
		if st.ID == id {
			return st.Status
		}
	}
	return ""
}

func request(target string) api.StartRequest {
	return api.StartRequest{Source: api.Source{Target: target}}
}

func demand(t *testing.T, err error, code ferry.Code, says string) {
	t.Helper()
	if ferry.CodeOf(err) != code || !strings.Contains(err.Error(), says) {
		t.Errorf("got %v (%s), want %q (%s)", err, ferry.CodeOf(err), says, code)
	}
}
