package progress

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/ferry-project/ferry"
)

func TestPlain(t *testing.T) {
	for name, story := range map[string][]ferry.Event{"good": goodStory(), "bad": badStory()} {
		t.Run(name, func(t *testing.T) {
			var out bytes.Buffer
			r := New(Options{Mode: Auto, Out: &out, Job: labJob(), Plan: lab()})
			for _, e := range story {
				r.Event(e)
				r.Tick(e.Time)
			}
			r.Close()
			golden(t, name+".plain", out.String())
		})
	}
}

func TestPlainCountsFromTheFirstEventOfAnUnknownJob(t *testing.T) {
	var out bytes.Buffer
	r := New(Options{Mode: Plain, Out: &out})
	r.Event(at(5, ferry.Event{Kind: ferry.Output, Message: "a"}))
	r.Event(at(6.25, ferry.Event{Kind: ferry.Output, Message: "b"}))
	if want := "[  0.0s] a\n[  1.2s] b\n"; out.String() != want {
		t.Errorf("got %q", out.String())
	}
}

func TestJSONIsTheEventsThemselves(t *testing.T) {
	var out bytes.Buffer
	r := New(Options{Mode: JSON, Out: &out, Terminal: true})
	for _, e := range goodStory() {
		r.Event(e)
		r.Tick(e.Time)
	}
	r.Close()
	var got []ferry.Event
	for line := range strings.Lines(out.String()) {
		var e ferry.Event
		if err := json.Unmarshal([]byte(line), &e); err != nil {
			t.Fatalf("%s: %v", line, err)
		}
		got = append(got, e)
	}
	if diff := cmp.Diff(goodStory(), got); diff != "" {
		t.Error(diff)
	}
}

func TestQuiet(t *testing.T) {
	var out bytes.Buffer
	r := New(Options{Mode: Quiet, Out: &out, Terminal: true})
	for _, e := range badStory() {
		r.Event(e)
		r.Tick(e.Time)
	}
	r.Close()
	if out.Len() > 0 {
		t.Errorf("said %q", out.String())
	}
}

// The answer itself is for those who ask for it.
func TestVerbose(t *testing.T) {
	for verbose, want := range map[bool]string{
		true:  "client0      waits until the volume is mounted: no mount on /service/data yet\n",
		false: "client0      waits until the volume is mounted\n",
	} {
		var out bytes.Buffer
		r := New(Options{Mode: Plain, Out: &out, Verbose: verbose, Job: labJob(), Plan: lab()})
		for _, e := range goodStory() {
			r.Event(e)
		}
		if n := strings.Count(out.String(), want); n != 1 {
			t.Errorf("verbose %t: %d times %q in\n%s", verbose, n, want, out.String())
		}
	}
}

func TestSummary(t *testing.T) {
	path := []ferry.Step{
		{Op: "network", Took: time.Millisecond},
		{Op: "task form-volume@gluster0", Took: 2300 * time.Millisecond},
		{Op: "probe mounted@client0", Took: 65 * time.Second},
	}
	for name, c := range map[string]struct {
		kind ferry.JobKind
		path []ferry.Step
		want string
	}{
		"start":  {ferry.StartJob, path, "running in 8.1 s; critical path: form-volume 2.3 s → mounted 1 min 5 s"},
		"resume": {ferry.ResumeJob, nil, "running in 8.1 s"},
		"stop":   {ferry.StopJob, nil, "stopped in 8.1 s"},
		"remove": {ferry.RemoveJob, nil, "removed in 8.1 s"},
		"test":   {ferry.TestJob, nil, "tested in 8.1 s"},
		"build":  {ferry.BuildJob, nil, "built in 8.1 s"},
		"other":  {"new", nil, "done in 8.1 s"},
	} {
		t.Run(name, func(t *testing.T) {
			if got := Summary(c.kind, 8100*time.Millisecond, c.path); got != c.want {
				t.Errorf("got %q, want %q", got, c.want)
			}
		})
	}
}

func TestServiceNamesAreTold(t *testing.T) {
	p := ferry.Plan{Services: []ferry.Planned{
		{ID: "a", Spec: ferry.Service{Personality: "gluster"}, Nodes: []string{"gluster0"}},
		{ID: "b", Spec: ferry.Service{Personality: "gluster"}, Nodes: []string{"gluster-b0"}},
		{ID: "c", Spec: ferry.Service{Personality: "mpi"}, Nodes: []string{"openmpi0"}},
		{ID: "d", Spec: ferry.Service{Personality: "mpi-client", Name: "control"}},
	}}
	want := map[string]string{"a": "gluster (gluster0)", "b": "gluster (gluster-b0)", "c": "mpi", "d": "control"}
	if diff := cmp.Diff(want, serviceNames(p)); diff != "" {
		t.Error(diff)
	}
}
