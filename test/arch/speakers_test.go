package arch

import (
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/ferry-project/ferry"
	"github.com/ferry-project/ferry/internal/server"
)

// What a personality asks of a port is asked by somebody, and nobody is idle.
func TestEveryProtocolOfAPlanIsSpoken(t *testing.T) {
	spoken := server.Speakers()
	asked := map[string]bool{}
	for _, doc := range documents(t) {
		for _, m := range yamlBlock.FindAllStringSubmatch(read(t, doc), -1) {
			if !strings.Contains(m[1], "backend:") {
				continue
			}
			for _, a := range conversations(planned(t, doc, m[1])) {
				asked[a.Protocol] = true
				if _, err := spoken.Of(a.Protocol); err != nil {
					t.Errorf("%s: %v", doc, err)
				}
			}
		}
	}
	want, got := slices.Sorted(maps.Keys(spoken)), slices.Sorted(maps.Keys(asked))
	if !slices.Equal(got, want) {
		t.Errorf("asked in %q, and there are speakers of %q", got, want)
	}
}

// conversations are those of the tasks and probes of a plan.
func conversations(p ferry.Plan) (all []*ferry.Ask) {
	for _, s := range p.Services {
		for _, t := range slices.Concat(s.Tasks, s.Tests) {
			all = append(all, t.Ask)
		}
		for _, probe := range s.Probes {
			all = append(all, probe.Ask)
		}
	}
	return slices.DeleteFunc(all, func(a *ferry.Ask) bool { return a == nil })
}
