package spell

import (
	"strings"
	"testing"
)

func TestNearest(t *testing.T) {
	names := []string{"gluster", "hadoop", "mpi", "hive"}
	for word, want := range map[string]string{
		"glustr": "gluster", "GLUSTER": "gluster", "hadop": "hadoop", "mpl": "mpi", "hvie": "hive", "hadopo": "hadoop",
		"zebra": "", "": "", strings.Repeat("gluster", 100): "",
	} {
		if got := Nearest(word, names); got != want {
			t.Errorf("%q: %q, want %q", word, got, want)
		}
	}
}

func TestHint(t *testing.T) {
	if got := Hint("hadop", []string{"hadoop"}); got != "did you mean hadoop? " {
		t.Errorf("%q", got)
	}
	if got := Hint("zebra", []string{"hadoop"}); got != "" {
		t.Errorf("%q", got)
	}
}
