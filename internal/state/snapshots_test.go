package state_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/ferry-project/ferry"
	"github.com/ferry-project/ferry/internal/state"
)

func snapshot(id, name string, created time.Time) state.Snapshot {
	r := record("sa-1", "")
	return state.Snapshot{
		Snapshot: ferry.Snapshot{
			ID: id, Name: name, State: ferry.SnapshotMaking, Stack: r.ID, Lineage: "li", Application: r.Application, Created: created,
			Volumes: []ferry.SnapshotVolume{{Node: "gluster0", Name: "brick", Volume: "v", Digest: "d", Files: 2, Bytes: 3}},
			Images:  map[string]string{"control-0": "ferry/snapshot:x"}, Version: "1",
		},
		Plan: r.Plan, Formed: []string{"se-1"}, Secrets: r.Secrets,
	}
}

func save(t *testing.T, s *state.Store, all ...state.Snapshot) {
	t.Helper()
	for _, n := range all {
		if err := s.CreateSnapshot(t.Context(), n); err != nil {
			t.Fatal(err)
		}
	}
}

func TestSnapshotsComeBack(t *testing.T) {
	s, _ := open(t)
	at := time.Date(2026, 11, 25, 10, 0, 0, 0, time.UTC)
	young, old := snapshot("sn-1", "first", at), snapshot("sn-2", "", at.Add(-time.Hour))
	save(t, s, young, old)
	young.State, young.Still = ferry.SnapshotGood, time.Second
	if err := s.UpdateSnapshot(t.Context(), young); err != nil {
		t.Fatal(err)
	}
	got, err := s.FindSnapshot(t.Context(), "first")
	if d := cmp.Diff(young, got); d != "" || err != nil {
		t.Errorf("%v\n%s", err, d)
	}
	all, err := s.Snapshots(t.Context())
	if d := cmp.Diff([]ferry.Snapshot{old.Snapshot, young.Snapshot}, all); d != "" || err != nil {
		t.Errorf("not the oldest first: %v\n%s", err, d)
	}
	for range 2 { // to delete what is gone succeeds
		if err := s.DeleteSnapshot(t.Context(), "sn-1"); err != nil {
			t.Fatal(err)
		}
	}
	_, err = s.FindSnapshot(t.Context(), "sn-1")
	check(t, err, ferry.NotFound, `no snapshot "sn-1"`)
}

func TestFindSnapshot(t *testing.T) {
	s, _ := open(t)
	save(t, s, snapshot("sn-1a2b", "mine", time.Time{}), snapshot("sn-1a3c", "1a2", time.Time{}), snapshot("sn-77", "", time.Time{}), snapshot("sn-77zz", "", time.Time{}))
	for _, c := range []struct {
		name, ref, id string
		code          ferry.Code
		want          string
	}{
		{"id", "sn-1a2b", "sn-1a2b", "", ""},
		{"name", "mine", "sn-1a2b", "", ""},
		{"name before beginning", "1a2", "sn-1a3c", "", ""},
		{"beginning", "sn-1a3", "sn-1a3c", "", ""},
		{"beginning without sn-", "77z", "sn-77zz", "", ""},
		{"whole id before longer ones", "sn-77", "sn-77", "", ""},
		{"whole id without sn-", "77", "sn-77", "", ""},
		{"ambiguous", "sn-1a", "", ferry.Invalid, "sn-1a could be any of sn-1a2b (mine), sn-1a3c (1a2)"},
		{"unknown", "sn-9", "", ferry.NotFound, `there is no snapshot "sn-9"`},
		{"wildcards mean nothing", "1a%", "", ferry.NotFound, ""},
		{"empty", "", "", ferry.NotFound, ""},
		{"only sn-", "sn-", "", ferry.NotFound, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			n, err := s.FindSnapshot(t.Context(), c.ref)
			check(t, err, c.code, c.want)
			if n.ID != c.id {
				t.Errorf("found %q, want %q", n.ID, c.id)
			}
		})
	}
}

func TestSnapshotsHaveNamesOfTheirOwn(t *testing.T) {
	s, _ := open(t)
	save(t, s, snapshot("sn-1", "first", time.Time{}), snapshot("sn-2", "", time.Time{}), snapshot("sn-3", "", time.Time{}))
	check(t, s.CreateSnapshot(t.Context(), snapshot("sn-4", "first", time.Time{})), ferry.Conflict, "the name first is taken by snapshot sn-1")
	check(t, s.CreateSnapshot(t.Context(), snapshot("sn-1", "other", time.Time{})), ferry.Conflict, "taken by snapshot sn-1")
	if all, err := s.Snapshots(t.Context()); err != nil || len(all) != 3 {
		t.Errorf("%d snapshots, %v", len(all), err)
	}
}

func TestStacksFrom(t *testing.T) {
	s, _ := open(t)
	begins, other := record("sa-2", ""), record("sa-3", "")
	begins.Source, other.Source = "sn-1", "sn-2"
	create(t, s, record("sa-1", ""), other, begins)
	ids, err := s.StacksFrom(t.Context(), "sn-1")
	if d := cmp.Diff([]string{"sa-2"}, ids); d != "" || err != nil {
		t.Errorf("%v\n%s", err, d)
	}
}
