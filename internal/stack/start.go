package stack

import (
	"context"
	"fmt"
	"strings"

	"github.com/ferry-project/ferry"
	"github.com/ferry-project/ferry/internal/api"
	"github.com/ferry-project/ferry/internal/app"
	"github.com/ferry-project/ferry/internal/job"
	"github.com/ferry-project/ferry/internal/plan"
	"github.com/ferry-project/ferry/internal/planning"
	"github.com/ferry-project/ferry/internal/secret"
	"github.com/ferry-project/ferry/internal/state"
)

// Start makes a new stack of an application, or brings a stopped one up again.
// A name that means both is an application: a stack has its id besides.
func (m *Manager) Start(ctx context.Context, r api.StartRequest) (ferry.Job, error) {
	doc, err := m.planner.Open(r.Source)
	if ferry.CodeOf(err) == ferry.NotFound && r.Text == nil {
		return m.startAgain(ctx, r, err)
	}
	if err != nil {
		return ferry.Job{}, err
	}
	return m.startNew(ctx, doc, r)
}

func (m *Manager) startAgain(ctx context.Context, r api.StartRequest, unknown error) (ferry.Job, error) {
	rec, err := m.inventory.Find(ctx, r.Target)
	if ferry.CodeOf(err) == ferry.NotFound {
		n, err := m.snapshots.Find(ctx, r.Target)
		if ferry.CodeOf(err) == ferry.NotFound {
			return ferry.Job{}, unknown
		}
		if err != nil {
			return ferry.Job{}, err
		}
		return m.startSnapshot(ctx, n, r)
	}
	if err == nil {
		err = notLeased(&rec, r)
	}
	if err != nil {
		return ferry.Job{}, err
	}
	if r.Name != "" && r.Name != rec.Name {
		return ferry.Job{}, ferry.Errorf(ferry.Invalid, "%s exists already and cannot be renamed by a start", rec.ID)
	}
	return m.resume(ctx, rec, r.Retain)
}

// startNew plans a stack and notes what is wanted before anything is made. Only one
// request plans at a time, so that no two get the same subnet or port.
func (m *Manager) startNew(ctx context.Context, doc *app.Document, r api.StartRequest) (ferry.Job, error) {
	m.planned.Lock()
	defer m.planned.Unlock()
	rec, err := m.draft(ctx, doc, r)
	if err != nil {
		return ferry.Job{}, err
	}
	if j, ok, err := m.shared(ctx, rec.Lease); ok || err != nil {
		return j, err
	}
	return m.create(ctx, rec, r.Retain, func(ctx context.Context) ([]ferry.Step, error) {
		return m.raise(ctx, rec, plan.Have{}, r.Retain)
	})
}

// create records a stack that is not there yet together with the job that starts it.
func (m *Manager) create(ctx context.Context, rec state.Record, retain bool, do job.Work) (ferry.Job, error) {
	j := m.jobs.New(ferry.Job{Kind: ferry.StartJob, Stack: rec.ID, Retain: retain})
	j, err := m.jobs.Begin(ctx, j, func(ctx context.Context) error { return m.store.Create(ctx, rec, j) }, do)
	if err == nil && rec.Lease != nil {
		m.leased()
	}
	return j, err
}

// draft is the record of a stack that is not there yet.
func (m *Manager) draft(ctx context.Context, doc *app.Document, r api.StartRequest) (state.Record, error) {
	if err := planning.ValidName(r.Name); err != nil {
		return state.Record{}, err
	}
	p, err := m.planner.First(ctx, doc, r.Source, state.NewID("sa-"), r.Name)
	if err != nil {
		return state.Record{}, err
	}
	secrets, err := secret.Generate(p.Secrets())
	if err != nil {
		return state.Record{}, err
	}
	lease, err := m.leaseFor(r, func() (string, error) { return m.planner.Digest(ctx, p.Application) })
	if err != nil {
		return state.Record{}, err
	}
	return state.Record{
		ID: p.Stack, Name: r.Name, Application: p.Application.Name, Status: ferry.Starting,
		Created: m.now(), Changed: m.now(), Intent: ferry.WantRunning, Plan: p, Secrets: state.Secrets(secrets),
		Lease: lease,
	}, nil
}

// notes reports to the user what the personalities have to say about their choices.
func (rc *reconciler) notes(rec *state.Record) {
	for _, s := range rec.Plan.Services {
		for _, n := range s.Notes {
			rc.jobs.Publish(rec.ID, ferry.Event{Kind: ferry.Note, Service: s.ID, Message: s.Spec.Personality + ": " + n})
		}
	}
}

// tellLost says at the start of a new stack that older ones wait to be adopted: a user
// who finds a listing empty may start again what is only lost.
func (rc *reconciler) tellLost(ctx context.Context, stack string) {
	lost, err := rc.inventory.Lost(ctx)
	if err != nil || len(lost) == 0 {
		return
	}
	var ids []string
	for _, l := range lost {
		ids = append(ids, l.ID)
	}
	rc.jobs.Publish(stack, ferry.Event{Kind: ferry.Note, Message: fmt.Sprintf(
		"the records of %s are lost, their data is there: ferry adopt takes them back", strings.Join(ids, ", "))})
}
