package state_test

import (
	"context"
	"database/sql"
	"errors"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/ferry-project/ferry"
	"github.com/ferry-project/ferry/internal/state"
)

// clock returns a later second with every call.
func clock() func() time.Time {
	at := time.Date(2026, 11, 22, 10, 0, 0, 0, time.UTC)
	return func() time.Time {
		at = at.Add(time.Second)
		return at
	}
}

func open(t testing.TB) (*state.Store, string) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "home", "ferry.db")
	s, err := state.Open(path, clock())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s, path
}

func record(id, name string) state.Record {
	return state.Record{
		ID: id, Name: name, Application: "hadoop", Status: ferry.Starting,
		Intent: ferry.WantRunning,
		Plan: ferry.Plan{
			Format: 1, Stack: id, Application: ferry.Application{Name: "hadoop"},
			Network: ferry.Network{Name: id, Subnet: "10.1.2.0/24", Gateway: "10.1.2.1"},
		},
		Secrets: map[string]map[string]string{"mpi-ssh": {"private": "hush", "public": "ssh-ed25519 AAAA"}},
	}
}

func create(t testing.TB, s *state.Store, records ...state.Record) {
	t.Helper()
	for _, r := range records {
		if err := s.Create(t.Context(), r); err != nil {
			t.Fatal(err)
		}
	}
}

// check compares an error's code, message and hint; want "" means no error.
func check(t *testing.T, err error, code ferry.Code, want string) {
	t.Helper()
	if got := ferry.CodeOf(err); got != code {
		t.Fatalf("code %q (%v), want %q", got, err, code)
	}
	var e *ferry.Error
	if errors.As(err, &e) && !strings.Contains(e.Message+" / "+e.Hint, want) {
		t.Errorf("error %q / %q, want %q in it", e.Message, e.Hint, want)
	}
}

func TestRecordComesBackAsItWas(t *testing.T) {
	s, _ := open(t)
	want := record("sa-1a2b", "mine")
	want.Plan = twoNodes(want.ID, "10.1.2.0/24", 20000)
	want.Formed = []string{"se-1"}
	want.Job = "jo-1"
	want.Created = time.Date(2026, 1, 2, 3, 4, 5, 6, time.UTC)
	want.Changed = want.Created.Add(time.Hour)
	create(t, s, want)

	got, err := s.Find(t.Context(), "sa-1a2b")
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
	list, err := s.List(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	listed := []state.Listed{{Stack: want.Stack(), Listing: state.ListingOf(&want.Plan)}}
	if d := cmp.Diff(listed, list); d != "" {
		t.Error(d)
	}
}

func TestCreateSetsTimes(t *testing.T) {
	s, _ := open(t)
	create(t, s, record("sa-1", ""))
	got, err := s.Find(t.Context(), "sa-1")
	if err != nil {
		t.Fatal(err)
	}
	if got.Created.IsZero() || got.Changed.IsZero() {
		t.Errorf("got %+v", got)
	}
}

func TestCreateRefusesWhatIsTaken(t *testing.T) {
	s, _ := open(t)
	create(t, s, record("sa-1", "mine"), record("sa-2", ""), record("sa-3", ""))
	for _, c := range []struct {
		name, id, as string
		want         string
	}{
		{"id", "sa-1", "other", "there is a stack sa-1 already"},
		{"name", "sa-9", "mine", "the name mine is taken by stack sa-1 / give another name"},
		{"name that is an id", "sa-9", "sa-2", "the name sa-2 is taken by stack sa-2"},
	} {
		t.Run(c.name, func(t *testing.T) {
			check(t, s.Create(t.Context(), record(c.id, c.as)), ferry.Conflict, c.want)
		})
	}
	if list, _ := s.List(t.Context()); len(list) != 3 {
		t.Errorf("%d stacks, want the 3 there were", len(list))
	}
}

func TestListIsOldestFirstAndSurvivesASickRecord(t *testing.T) {
	s, path := open(t)
	create(t, s, record("sa-b", ""), record("sa-a", ""))
	old := record("sa-c", "")
	old.Created = time.Date(2020, 1, 1, 0, 0, 0, 0, time.UTC)
	create(t, s, old)
	meddle(t, path, `UPDATE plans SET plan = 'no JSON', secrets = '{"x":{"y":"hush"' WHERE stack = 'sa-a'`)

	list, err := s.List(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	var ids []string
	for _, k := range list {
		ids = append(ids, k.ID)
	}
	if d := cmp.Diff([]string{"sa-c", "sa-b", "sa-a"}, ids); d != "" {
		t.Error(d)
	}
	if _, err := s.Find(t.Context(), "sa-a"); err == nil || !strings.Contains(err.Error(), "plan of sa-a") {
		t.Errorf("find gave %v, want an error naming the plan", err)
	}
	meddle(t, path, `UPDATE plans SET plan = '{}' WHERE stack = 'sa-a'`)
	if _, err := s.Find(t.Context(), "sa-a"); err == nil || strings.Contains(err.Error(), "hush") {
		t.Errorf("find gave %v, want an error without the secret", err)
	}
}

// meddle changes the file behind the Store's back.
func meddle(t *testing.T, path, query string) {
	t.Helper()
	db, err := sql.Open("sqlite", path)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	if _, err := db.Exec(query); err != nil {
		t.Fatal(err)
	}
}

func TestUpdate(t *testing.T) {
	s, _ := open(t)
	create(t, s, record("sa-1", "mine"), record("sa-2", "yours"))
	before, _ := s.Find(t.Context(), "sa-1")
	err := s.Update(t.Context(), "sa-1", func(r *state.Record) error {
		r.Status, r.Formed = ferry.Degraded, []string{"se-1"}
		r.Next = &ferry.Plan{Stack: r.ID, Lineage: "sa-0"}
		r.Plan.Nodes = []ferry.Node{{Host: ferry.LocalHost, Address: "10.1.2.3"}}
		r.Secrets["more"] = map[string]string{"value": "x"}
		return nil
	})
	check(t, err, "", "")
	got, _ := s.Find(t.Context(), "sa-1")
	want := before
	want.Status, want.Formed = ferry.Degraded, []string{"se-1"}
	want.Next = &ferry.Plan{Stack: want.ID, Lineage: "sa-0"}
	want.Plan.Nodes = []ferry.Node{{Host: ferry.LocalHost, Address: "10.1.2.3"}}
	want.Secrets["more"] = map[string]string{"value": "x"}
	want.Changed = got.Changed
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
	if !got.Changed.After(before.Changed) {
		t.Error("the time of the change did not move")
	}
}

func TestUpdateThatFailsChangesNothing(t *testing.T) {
	s, _ := open(t)
	create(t, s, record("sa-1", "mine"), record("sa-2", "yours"))
	mistake := errors.New("mistake")
	for _, c := range []struct {
		name, id string
		change   func(*state.Record) error
		code     ferry.Code
		want     string
	}{
		{"error of the change", "sa-1", func(r *state.Record) error { r.Status = ferry.StartFailed; return mistake }, ferry.Internal, ""},
		{"taken name", "sa-1", func(r *state.Record) error { r.Name = "yours"; return nil }, ferry.Conflict, "taken by stack sa-2"},
		{"other id", "sa-1", func(r *state.Record) error { r.ID = "sa-3"; return nil }, ferry.Internal, "cannot change"},
		{"no such stack", "sa-9", func(*state.Record) error { return nil }, ferry.NotFound, "no stack sa-9"},
	} {
		t.Run(c.name, func(t *testing.T) {
			before, _ := s.Find(t.Context(), "sa-1")
			check(t, s.Update(t.Context(), c.id, c.change), c.code, c.want)
			after, _ := s.Find(t.Context(), "sa-1")
			if d := cmp.Diff(before, after); d != "" {
				t.Error(d)
			}
		})
	}
}

func TestUpdatesDoNotOverwriteEachOther(t *testing.T) {
	s, _ := open(t)
	create(t, s, record("sa-1", ""))
	const writers, each = 8, 10
	failures := make(chan error, writers)
	for range writers {
		go func() {
			for range each {
				if err := s.Update(t.Context(), "sa-1", func(r *state.Record) error {
					r.Plan.Format++
					return nil
				}); err != nil {
					failures <- err
					return
				}
			}
			failures <- nil
		}()
	}
	for range writers {
		if err := <-failures; err != nil {
			t.Error(err)
		}
	}
	if r, _ := s.Find(t.Context(), "sa-1"); r.Plan.Format != 1+writers*each {
		t.Errorf("counted %d, want %d", r.Plan.Format, 1+writers*each)
	}
}

func TestDelete(t *testing.T) {
	s, _ := open(t)
	create(t, s, record("sa-1", "mine"))
	for range 2 {
		check(t, s.Delete(t.Context(), "sa-1"), "", "")
	}
	_, err := s.Find(t.Context(), "mine")
	check(t, err, ferry.NotFound, "")
	create(t, s, record("sa-2", "mine")) // the name is free again
}

func TestCancelledCallsChangeNothing(t *testing.T) {
	s, _ := open(t)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := s.Create(ctx, record("sa-1", "")); !errors.Is(err, context.Canceled) {
		t.Errorf("create gave %v", err)
	}
	if list, err := s.List(t.Context()); err != nil || len(list) != 0 {
		t.Errorf("list gave %v, %v", list, err)
	}
}
