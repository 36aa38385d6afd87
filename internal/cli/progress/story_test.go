package progress

import (
	"flag"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/ferry-project/ferry"
)

var update = flag.Bool("update", false, "write the golden files anew")

// golden compares got with a file of testdata.
func golden(t *testing.T, name, got string) {
	t.Helper()
	file := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(file, []byte(got), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Errorf("%s: %s", name, diff)
	}
}

// begin is when every story begins.
var begin = time.Date(2026, 5, 1, 12, 0, 0, 0, time.UTC)

// at returns a story's event at a time after its beginning.
func at(seconds float64, e ferry.Event) ferry.Event {
	e.Time = begin.Add(time.Duration(seconds * float64(time.Second)))
	e.Job, e.Stack = "jo-1", "sa-1f3c"
	return e
}

func op(kind ferry.EventKind, do ferry.Verb, id, service, node string) ferry.Event {
	return ferry.Event{Kind: kind, Do: do, Op: id, Service: service, Node: node}
}

func with(e ferry.Event, message string, took time.Duration) ferry.Event {
	e.Message, e.Took = message, took
	return e
}

// lab is the plan of the story: a Gluster of two and a client.
func lab() ferry.Plan {
	service := func(id, personality string, class ferry.Class, nodes ...string) ferry.Planned {
		return ferry.Planned{ID: id, Class: class, Spec: ferry.Service{Personality: personality}, Nodes: nodes}
	}
	return ferry.Plan{
		Stack: "sa-1f3c", Name: "lab",
		Services: []ferry.Planned{
			service("se-1", "gluster", ferry.Storage, "gluster0", "gluster1"),
			service("se-2", "mpi-client", ferry.Connector, "client0"),
		},
		Nodes: []ferry.Node{{NodeBlueprint: ferry.NodeBlueprint{Name: "gluster0"}, Service: "se-1", Container: "ferry-sa-1f3c-gluster0"}},
	}
}

// labOps is the work of the story's start.
func labOps() []ferry.Op {
	return []ferry.Op{
		{ID: "image ferry/gluster:1"},
		{ID: "network"},
		{ID: "start gluster0", Node: "gluster0", After: []string{"image ferry/gluster:1", "network"}},
		{ID: "start gluster1", Node: "gluster1", After: []string{"image ferry/gluster:1", "network"}},
		{ID: "task form-volume@gluster0", Node: "gluster0", After: []string{"start gluster0", "start gluster1"}},
		{ID: "ready gluster0", After: []string{"task form-volume@gluster0"}},
		{ID: "start client0", Node: "client0", After: []string{"network"}},
		{ID: "probe mounted@client0", Do: ferry.AwaitProbe, Why: "the volume is mounted", Node: "client0", After: []string{"start client0", "ready gluster0"}},
		{ID: "ready client0", After: []string{"probe mounted@client0"}},
	}
}

func labJob() ferry.Job {
	return ferry.Job{ID: "jo-1", Kind: ferry.StartJob, Stack: "sa-1f3c", Start: begin}
}

// goodStory is a start that works.
func goodStory() []ferry.Event {
	image := "image ferry/gluster:1"
	return []ferry.Event{
		at(0, ferry.Event{Kind: ferry.JobStarted, Total: 9, Ops: labOps()}),
		at(0, op(ferry.OpStarted, ferry.EnsureImage, image, "", "")),
		at(0, op(ferry.OpStarted, ferry.CreateNetwork, "network", "", "")),
		at(0.2, with(op(ferry.OpDone, ferry.CreateNetwork, "network", "", ""), "", 200*time.Millisecond)),
		at(0.5, ferry.Event{Kind: ferry.Output, Message: "Step 1/4 : FROM debian\t\x1b:13"}),
		at(1, ferry.Event{Kind: ferry.Output, Message: "Step 2/4 : RUN apt-get install --yes --no-install-recommends glusterfs-server glusterfs-client"}),
		at(1.5, with(op(ferry.OpDone, ferry.EnsureImage, image, "", ""), "", 1500*time.Millisecond)),
		at(1.5, op(ferry.OpStarted, ferry.StartNode, "start gluster0", "se-1", "gluster0")),
		at(1.5, op(ferry.OpStarted, ferry.StartNode, "start gluster1", "se-1", "gluster1")),
		at(2, with(op(ferry.OpDone, ferry.StartNode, "start gluster0", "se-1", "gluster0"), "", 500*time.Millisecond)),
		at(2, op(ferry.OpStarted, ferry.StartNode, "start client0", "se-2", "client0")),
		at(2.5, with(op(ferry.OpDone, ferry.StartNode, "start gluster1", "se-1", "gluster1"), "", time.Second)),
		at(2.5, with(op(ferry.OpDone, ferry.StartNode, "start client0", "se-2", "client0"), "", 500*time.Millisecond)),
		at(2.6, op(ferry.OpStarted, ferry.RunTask, "task form-volume@gluster0", "se-1", "gluster0")),
		at(3, ferry.Event{Kind: ferry.Note, Message: "mpi: runs as root"}),
		at(4, with(op(ferry.OpDone, ferry.RunTask, "task form-volume@gluster0", "se-1", "gluster0"), "", 1400*time.Millisecond)),
		at(4, op(ferry.OpDone, ferry.Ready, "ready gluster0", "se-1", "")),
		at(4, op(ferry.OpStarted, ferry.AwaitProbe, "probe mounted@client0", "se-2", "client0")),
		at(5, with(op(ferry.OpWaiting, ferry.AwaitProbe, "probe mounted@client0", "se-2", "client0"), "no mount on /service/data yet", 0)),
		at(6, with(op(ferry.OpWaiting, ferry.AwaitProbe, "probe mounted@client0", "se-2", "client0"), "no mount on /service/data yet", 0)),
		at(7, with(op(ferry.OpDone, ferry.AwaitProbe, "probe mounted@client0", "se-2", "client0"), "", 3*time.Second)),
		at(7, op(ferry.OpDone, ferry.Ready, "ready client0", "se-2", "")),
		at(7.1, ferry.Event{
			Kind: ferry.JobEnded, State: ferry.JobDone, Took: 7100 * time.Millisecond,
			Path: []ferry.Step{
				{Op: image, Took: 1500 * time.Millisecond},
				{Op: "start gluster1", Took: time.Second},
				{Op: "task form-volume@gluster0", Took: 1400 * time.Millisecond},
				{Op: "ready gluster0", Took: 0},
				{Op: "probe mounted@client0", Took: 3 * time.Second},
			},
		}),
	}
}

// badStory is one that fails and is undone.
func badStory() []ferry.Event {
	return []ferry.Event{
		at(0, ferry.Event{Kind: ferry.JobStarted, Total: 9, Ops: labOps()}),
		at(1.5, op(ferry.OpStarted, ferry.StartNode, "start gluster0", "se-1", "gluster0")),
		at(2, op(ferry.OpDone, ferry.StartNode, "start gluster0", "se-1", "gluster0")),
		at(2.5, op(ferry.OpStarted, ferry.StartNode, "start gluster1", "se-1", "gluster1")),
		at(3, ferry.Event{Kind: ferry.OpFailed, Do: ferry.StartNode, Op: "start gluster1", Service: "se-1", Node: "gluster1", Error: ferry.Errorf(ferry.Failed, "no space left")}),
		at(3.1, ferry.Event{Kind: ferry.NodeDied, Service: "se-1", Node: "gluster0", Message: "exit code 137"}),
		at(3.2, ferry.Event{Kind: ferry.JobStarted, Total: 3, Message: "undoing"}),
		at(3.2, op(ferry.OpStarted, ferry.RemoveNode, "remove ferry-sa-1f3c-gluster0", "", "")),
		at(4, op(ferry.OpDone, ferry.RemoveNode, "remove ferry-sa-1f3c-gluster0", "", "")),
		at(4, op(ferry.OpDone, ferry.RemoveNode, "remove ferry-sa-1f3c-stray", "", "")),
		at(4, op(ferry.OpDone, ferry.RemoveVolume, "remove-volume v", "", "")),
		at(4.5, ferry.Event{Kind: ferry.JobEnded, State: ferry.JobFailed, Error: ferry.Errorf(ferry.Failed, "start gluster1: no space left")}),
	}
}
