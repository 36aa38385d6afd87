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
	"github.com/ferry-project/ferry/internal/images"
	"github.com/ferry-project/ferry/internal/inventory"
	"github.com/ferry-project/ferry/internal/job"
	"github.com/ferry-project/ferry/internal/personality/all"
	"github.com/ferry-project/ferry/internal/planning"
	"github.com/ferry-project/ferry/internal/run"
	"github.com/ferry-project/ferry/internal/snapshot"
	"github.com/ferry-project/ferry/internal/speak"
	"github.com/ferry-project/ferry/internal/state"
	"github.com/ferry-project/ferry/internal/watch"
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
	*planning.Planner
	*images.Stock
	*snapshot.Keeper
	*watch.Watcher
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
	planner := &planning.Planner{
		Engine: w.engine, Records: store, Inventory: there, Labels: w.builder, Catalogue: all.Personalities(), Refs: refs,
		Listening: func() []int { return nil },
	}
	stock := &images.Stock{
		Engine: w.engine, Builder: w.builder, Inventory: there, Jobs: jobs, Events: events,
		Refs: refs, Builders: map[string]string{"maven": "ferry/maven:now"}, Now: time.Now,
	}
	work := &job.Worker{Jobs: jobs, Walker: &run.Walker{
		Hosts: run.Local(w.engine, byRef{w.builder}), Speakers: speak.Speakers{"tcp": speak.TCP{}}, Publish: events.Publish,
		Home: "home", Version: "test", Now: time.Now, Log: log,
	}}
	keeper := &snapshot.Keeper{
		Engine: w.engine, Store: store, Inventory: there, Jobs: jobs, Work: work, Saved: w.builder,
		HomeLabel: "home", MadeBy: "test", Log: log, Now: time.Now,
	}
	m := New(Config{
		Jobs: jobs, Inventory: there,
		Engine: w.engine, Store: store, Images: w.builder, Refs: refs,
		Work: work, Snapshots: keeper,
		Planner: planner, Version: "test", Leased: func() {}, Now: time.Now,
	})
	watcher := &watch.Watcher{Engine: w.engine, Records: store, Jobs: jobs, Inventory: there, Events: events, Verbs: m, Log: log, Now: time.Now}
	var once sync.Once
	s := &server{Manager: m, Planner: planner, Stock: stock, Keeper: keeper, Watcher: watcher, Jobs: jobs, Inventory: there, t: w.t, records: store, close: func() {
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
