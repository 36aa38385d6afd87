package apitest

import (
	"context"

	"github.com/ferry-project/ferry"
	"github.com/ferry-project/ferry/internal/api"
)

// Start plays StartFunc, else no application is known.
func (f *Ferry) Start(ctx context.Context, r api.StartRequest) (ferry.Job, error) {
	if f.StartFunc == nil {
		return ferry.Job{}, noApp(r.Target)
	}
	return f.StartFunc(ctx, r)
}

// Stop plays StopFunc, else no stack is known.
func (f *Ferry) Stop(ctx context.Context, ref string) (ferry.Job, error) {
	if f.StopFunc == nil {
		return ferry.Job{}, noStack(ref)
	}
	return f.StopFunc(ctx, ref)
}

// Remove plays RemoveFunc, else no stack is known.
func (f *Ferry) Remove(ctx context.Context, ref string, force bool) (ferry.Job, error) {
	if f.RemoveFunc == nil {
		return ferry.Job{}, noStack(ref)
	}
	return f.RemoveFunc(ctx, ref, force)
}

// Test plays TestFunc, else no stack is known.
func (f *Ferry) Test(ctx context.Context, ref string) (ferry.Job, error) {
	if f.TestFunc == nil {
		return ferry.Job{}, noStack(ref)
	}
	return f.TestFunc(ctx, ref)
}

// List plays ListFunc, else there are no stacks.
func (f *Ferry) List(ctx context.Context, all bool) ([]ferry.Stack, error) {
	if f.ListFunc == nil {
		return []ferry.Stack{}, nil
	}
	return f.ListFunc(ctx, all)
}

// Inspect plays InspectFunc, else no stack is known.
func (f *Ferry) Inspect(ctx context.Context, ref string) (api.Detail, error) {
	if f.InspectFunc == nil {
		return api.Detail{}, noStack(ref)
	}
	return f.InspectFunc(ctx, ref)
}

// Adopt plays AdoptFunc, else there is nothing to adopt.
func (f *Ferry) Adopt(ctx context.Context) ([]ferry.Stack, error) {
	if f.AdoptFunc == nil {
		return []ferry.Stack{}, nil
	}
	return f.AdoptFunc(ctx)
}

// Questions plays QuestionsFunc, else no application is known.
func (f *Ferry) Questions(ctx context.Context, s api.Source) ([]ferry.Question, error) {
	if f.QuestionsFunc == nil {
		return nil, noApp(s.Target)
	}
	return f.QuestionsFunc(ctx, s)
}

// Plan plays PlanFunc, else no application is known.
func (f *Ferry) Plan(ctx context.Context, s api.Source) (api.Proposal, error) {
	if f.PlanFunc == nil {
		return api.Proposal{}, noApp(s.Target)
	}
	return f.PlanFunc(ctx, s)
}

// Job plays JobFunc, else no job is known.
func (f *Ferry) Job(ctx context.Context, id string) (ferry.Job, error) {
	if f.JobFunc == nil {
		return ferry.Job{}, noJob(id)
	}
	return f.JobFunc(ctx, id)
}

// Cancel plays CancelFunc, else no job is known.
func (f *Ferry) Cancel(ctx context.Context, id string) error {
	if f.CancelFunc == nil {
		return noJob(id)
	}
	return f.CancelFunc(ctx, id)
}

// Follow plays FollowFunc, else no job is known; following everything then waits for ctx.
func (f *Ferry) Follow(ctx context.Context, job string, after int64, do func(ferry.Event) error) error {
	if f.FollowFunc != nil {
		return f.FollowFunc(ctx, job, after, do)
	}
	if job != "" {
		return noJob(job)
	}
	<-ctx.Done()
	return ctx.Err()
}

// Apply plays ApplyFunc, else no stack is known.
func (f *Ferry) Apply(ctx context.Context, ref string, c api.Change) (ferry.Job, error) {
	if f.ApplyFunc == nil {
		return ferry.Job{}, noStack(ref)
	}
	return f.ApplyFunc(ctx, ref, c)
}

// Diff plays DiffFunc, else no stack is known.
func (f *Ferry) Diff(ctx context.Context, ref string, c api.Change) (api.Difference, error) {
	if f.DiffFunc == nil {
		return api.Difference{}, noStack(ref)
	}
	return f.DiffFunc(ctx, ref, c)
}

// ListJobs plays ListJobsFunc, else there are no jobs.
func (f *Ferry) ListJobs(ctx context.Context, stack string) ([]ferry.Job, error) {
	if f.ListJobsFunc == nil {
		return []ferry.Job{}, nil
	}
	return f.ListJobsFunc(ctx, stack)
}

// Past plays PastFunc, else no job is known.
func (f *Ferry) Past(ctx context.Context, job string) ([]ferry.Event, error) {
	if f.PastFunc == nil {
		return nil, noJob(job)
	}
	return f.PastFunc(ctx, job)
}
