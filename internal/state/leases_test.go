package state_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/ferry-project/ferry/internal/state"
)

func TestLeasesComeBackAndGoWithTheirStacks(t *testing.T) {
	s, _ := open(t)
	until := time.Date(2026, 11, 25, 10, 0, 0, 0, time.UTC)
	held, free := record("sa-1", ""), record("sa-2", "")
	held.Lease = &state.Lease{Until: until, Linger: time.Minute, Digest: "d"}
	for _, r := range []state.Record{held, free} {
		if err := s.Create(t.Context(), r); err != nil {
			t.Fatal(err)
		}
	}
	want := func(l ...state.Leased) {
		t.Helper()
		got, err := s.Leased(t.Context())
		if d := cmp.Diff(append([]state.Leased{}, l...), got); d != "" || err != nil {
			t.Errorf("%v\n%s", err, d)
		}
	}
	want(state.Leased{Stack: "sa-1", Lease: *held.Lease})
	change := func(r *state.Record) error { r.Lease.Until, r.Lease.Over = time.Time{}, true; return nil }
	if err := s.Update(t.Context(), "sa-1", change); err != nil {
		t.Fatal(err)
	}
	want(state.Leased{Stack: "sa-1", Lease: state.Lease{Linger: time.Minute, Digest: "d", Over: true}})
	if r, err := s.Find(t.Context(), "sa-2"); err != nil || r.Lease != nil {
		t.Errorf("a lease of nobody's: %v, %v", r.Lease, err)
	}
	if err := s.Delete(t.Context(), "sa-1"); err != nil {
		t.Fatal(err)
	}
	want()
}

func TestDue(t *testing.T) {
	now := time.Now()
	for _, c := range []struct {
		lease state.Lease
		due   bool
	}{
		{state.Lease{}, false},
		{state.Lease{Until: now.Add(1)}, false},
		{state.Lease{Until: now}, true},
		{state.Lease{Over: true}, true},
		{state.Lease{Over: true, Until: now.Add(1)}, true},
	} {
		if c.lease.Due(now) != c.due {
			t.Errorf("%+v", c.lease)
		}
	}
}
