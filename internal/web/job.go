package web

import (
	"net/http"
	"time"

	"github.com/ferry-project/ferry"
	"github.com/ferry-project/ferry/internal/cli/progress"
	"github.com/ferry-project/ferry/internal/web/draw"
)

// operation is one of a job's, as far as it is.
type operation struct {
	ferry.Op
	State    string // "", working, done or failed
	From, To time.Duration
	Said     string // the last answer of a wait, or the failure
	Critical bool
}

// Took is how long it took, or has taken so far.
func (o operation) Took() time.Duration { return o.To - o.From }

// story is a job as its page tells it.
type story struct {
	ferry.Job
	Ops     []operation
	Chart   draw.Chart
	Notes   []string // what was said besides, in order
	Done    int
	Summary string
	Took    time.Duration
}

func (s *Site) job(r *http.Request) (view, error) {
	j, err := s.ferry.Job(r.Context(), r.PathValue("id"))
	if err != nil {
		return view{}, err
	}
	events, err := s.ferry.Past(r.Context(), j.ID)
	if err != nil {
		return view{}, err
	}
	title := string(j.Kind)
	if j.Stack != "" {
		title += " of " + j.Stack
	}
	return view{Template: "job.html", Title: title, About: j.ID, Body: tell(j, events, s.now())}, nil
}

func (s *Site) jobs(r *http.Request) (view, error) {
	all, err := s.ferry.ListJobs(r.Context(), r.URL.Query().Get("stack"))
	return view{Template: "jobs.html", Title: "Jobs", About: aboutStacks, Body: all}, err
}

func (s *Site) cancel(r *http.Request) (string, error) {
	id := r.PathValue("id")
	return jobPage(ferry.Job{ID: id}, s.ferry.Cancel(r.Context(), id))
}

// tell makes a story of a job's events.
func tell(j ferry.Job, events []ferry.Event, now time.Time) story {
	t := story{Job: j, Took: now.Sub(j.Start)}
	if j.State.Over() {
		t.Took = j.End.Sub(j.Start)
	}
	at := map[string]int{}
	for _, e := range events {
		t.event(e, at)
	}
	for i := range t.Ops {
		if t.Ops[i].State == "working" {
			t.Ops[i].To = max(t.Took, t.Ops[i].From)
		}
		if t.Ops[i].State == "done" {
			t.Done++
		}
	}
	t.Chart = draw.Timeline(t.spans())
	return t
}

// event adds what an event says. at are the places of operations by their id.
func (t *story) event(e ferry.Event, at map[string]int) {
	since := max(e.Time.Sub(t.Start), 0)
	i, known := at[e.Op]
	switch e.Kind {
	case ferry.JobStarted:
		for _, op := range e.Ops {
			if _, again := at[op.ID]; !again {
				at[op.ID] = len(t.Ops)
				t.Ops = append(t.Ops, operation{Op: op})
			}
		}
	case ferry.JobEnded:
		t.ended(e, at)
	case ferry.Note, ferry.Output, ferry.NodeDied:
		if _, words := progress.Sentence(e); words != "" {
			t.Notes = append(t.Notes, words)
		}
	case ferry.OpStarted:
		if known {
			t.Ops[i].State, t.Ops[i].From, t.Ops[i].To = "working", since, since
		}
	case ferry.OpWaiting:
		if known {
			t.Ops[i].Said = e.Message
		}
	case ferry.OpDone:
		if known {
			t.Ops[i].over("done", since, e)
		}
	case ferry.OpFailed:
		if known {
			t.Ops[i].over("failed", since, e)
		}
	}
}

// over ends an operation, also one whose beginning is not known.
func (o *operation) over(state string, at time.Duration, e ferry.Event) {
	if o.State == "" {
		o.From = max(at-e.Took, 0)
	}
	o.State, o.To, o.Said = state, at, ""
	if e.Error != nil {
		o.Said = e.Error.Error()
	}
}

func (t *story) ended(e ferry.Event, at map[string]int) {
	for _, step := range e.Path {
		if i, ok := at[step.Op]; ok {
			t.Ops[i].Critical = true
		}
	}
	if e.State == ferry.JobDone {
		t.Summary = progress.Summary(t.Kind, e.Took, e.Path)
	}
}

func (t *story) spans() (spans []draw.Span) {
	for _, o := range t.Ops {
		if o.State != "" {
			spans = append(spans, draw.Span{Label: o.ID, State: o.State, From: o.From, To: o.To, Critical: o.Critical})
		}
	}
	return spans
}
