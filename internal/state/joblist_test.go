package state_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/ferry-project/ferry"
)

func TestJobsAreListedLatestFirst(t *testing.T) {
	s, _ := open(t)
	for i, j := range []ferry.Job{{ID: "jo-1", Stack: "sa-1"}, {ID: "jo-2", Stack: "sa-2"}, {ID: "jo-3"}} {
		j.Kind, j.Start = ferry.StartJob, time.Unix(int64(i+1), 0)
		check(t, s.BeginJob(t.Context(), j), "", "")
	}
	for stack, want := range map[string][]string{"": {"jo-3", "jo-2", "jo-1"}, "sa-2": {"jo-2"}, "sa-9": nil} {
		all, err := s.Jobs(t.Context(), stack)
		check(t, err, "", "")
		var ids []string
		for _, j := range all {
			ids = append(ids, j.ID)
		}
		if d := cmp.Diff(want, ids); d != "" {
			t.Errorf("%q: %s", stack, d)
		}
	}
}
