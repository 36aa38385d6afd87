package main

import (
	"strings"
	"testing"
	"time"

	"github.com/ferry-project/ferry"
)

func TestLedgerTellsPhasesInTheOrderOfTheirEnds(t *testing.T) {
	begin := time.Date(2026, 11, 22, 0, 0, 0, 0, time.UTC)
	at := func(d time.Duration, e ferry.Event) ferry.Event { e.Time = begin.Add(d); return e }
	l := newLedger()
	l.phases([]ferry.Event{
		at(0, ferry.Event{Kind: ferry.JobStarted}),
		at(3*time.Second, ferry.Event{Kind: ferry.OpDone, Op: "task form@gluster0", Took: 2 * time.Second}),
		at(time.Second, ferry.Event{Kind: ferry.OpDone, Op: "start gluster0", Took: 400 * time.Millisecond}),
		at(4*time.Second, ferry.Event{Kind: ferry.JobEnded, Path: []ferry.Step{{Op: "start gluster0", Took: time.Second}}}),
	})
	l.charge("ferry", cost{containers: 2 * time.Second, engine: time.Second, own: 100 * time.Millisecond})
	var out strings.Builder
	l.print(&out, "the end")
	start, form := strings.Index(out.String(), "400.0 ms  start gluster0"), strings.Index(out.String(), "2.00 s  task form@gluster0")
	if start < 0 || form < start {
		t.Errorf("phases:\n%s", out.String())
	}
	for _, want := range []string{"4.00 s            the job's end", "processor time until the end, medians", "containers 2.00 s, engine 1.00 s, own processes 100.0 ms"} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("no %q in\n%s", want, out.String())
		}
	}
}

func TestEventsInTalk(t *testing.T) {
	talk := "started a server in the background\n{\"seq\":1,\"kind\":\"job-started\"}\n{\"a\":1}\nweb: http://127.0.0.1\n{\"seq\":2,\"kind\":\"job-ended\"}\n"
	got := eventsIn([]byte(talk))
	if len(got) != 2 || got[1].Kind != ferry.JobEnded {
		t.Errorf("got %+v", got)
	}
}
