package state_test

import (
	"errors"
	"path/filepath"
	"strings"
	"testing"

	"github.com/ferry-project/ferry"
	"github.com/ferry-project/ferry/internal/state"
)

// A full disk is reported in the user's words, loses nothing that was there, and is
// over when there is space.
func TestFullDisk(t *testing.T) {
	s, path := open(t)
	create(t, s, record("sa-1", "mine"))
	free, err := s.Fill()
	if err != nil {
		t.Fatal(err)
	}
	big := record("sa-2", "")
	big.Plan.Name = strings.Repeat("x", 1<<20)
	err = s.Create(t.Context(), big, ferry.Job{ID: "jo-1", Kind: ferry.StartJob, Stack: "sa-2"})
	check(t, err, ferry.Failed, "the disk that holds "+filepath.Dir(path)+" is full")
	if !errors.Is(err, state.ErrNotWritten) || strings.Contains(err.Error(), "(13)") {
		t.Errorf("got %v", err)
	}
	if all, err := s.List(t.Context()); err != nil || len(all) != 1 {
		t.Errorf("half a record is there: %v, %v", all, err)
	}
	if _, err := s.Job(t.Context(), "jo-1"); ferry.CodeOf(err) != ferry.NotFound {
		t.Errorf("a job of nothing is there: %v", err)
	}
	if err := free(); err != nil {
		t.Fatal(err)
	}
	check(t, s.Create(t.Context(), big, ferry.Job{ID: "jo-1", Kind: ferry.StartJob, Stack: "sa-2"}), "", "")
	if r, err := s.Find(t.Context(), "sa-2"); err != nil || r.Job != "jo-1" {
		t.Errorf("its job is %q, %v", r.Job, err)
	}
}
