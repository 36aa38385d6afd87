package state_test

import (
	"testing"

	"github.com/ferry-project/ferry"
)

func TestFind(t *testing.T) {
	s, _ := open(t)
	create(t, s, record("sa-1a2b", "mine"), record("sa-1a3c", "hadoop"), record("sa-77", "1a2"), record("sa-77zz", ""))
	for _, c := range []struct {
		name, ref, id string
		code          ferry.Code
		want          string
	}{
		{"id", "sa-1a2b", "sa-1a2b", "", ""},
		{"id without sa-", "1a3c", "sa-1a3c", "", ""},
		{"name", "mine", "sa-1a2b", "", ""},
		{"beginning", "sa-1a3", "sa-1a3c", "", ""},
		{"beginning without sa-", "77z", "sa-77zz", "", ""},
		{"whole id before longer ones", "77", "sa-77", "", ""},
		{"name before beginning", "1a2", "sa-77", "", ""},
		{"ambiguous", "1a", "", ferry.Invalid, "1a could be any of sa-1a2b (mine), sa-1a3c (hadoop) / type more"},
		{"slip in a name", "hadop", "", ferry.NotFound, "there is no stack hadop / did you mean hadoop?"},
		{"slip in an id", "sa-1a2c", "", ferry.NotFound, "did you mean sa-1a"},
		{"nothing near", "cassandra", "", ferry.NotFound, "ferry ps -a"},
		{"wildcards mean nothing", "1a%", "", ferry.NotFound, ""},
		{"empty", "", "", ferry.Invalid, "no stack is named"},
		{"only sa-", "sa-", "", ferry.Invalid, "no stack is named"},
	} {
		t.Run(c.name, func(t *testing.T) {
			r, err := s.Find(t.Context(), c.ref)
			check(t, err, c.code, c.want)
			if r.ID != c.id {
				t.Errorf("found %q, want %q", r.ID, c.id)
			}
		})
	}
}
