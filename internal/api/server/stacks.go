package server

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"github.com/ferry-project/ferry"
	"github.com/ferry-project/ferry/internal/api"
)

// refInput is the part of a path that names a stack.
type refInput struct {
	Ref string `path:"ref" doc:"A stack's id, an unambiguous beginning of it, or its name." example:"sa-1"`
}

type listInput struct {
	All bool `query:"all" doc:"Also stopped and removed stacks."`
}

type startInput struct{ Body api.StartRequest }

type changeInput struct {
	Ref  string `path:"ref" doc:"A stack's id, an unambiguous beginning of it, or its name." example:"sa-1"`
	Body api.Change
}

type removeInput struct {
	Ref   string `path:"ref" doc:"A stack's id, an unambiguous beginning of it, or its name."`
	Force bool   `query:"force" doc:"Also when the stack runs."`
}

func (r routes) stacks() {
	f := r.ferry
	get, post := http.MethodGet, http.MethodPost
	huma.Register(r.api, described(operation(get, "/v1/stacks", "stacks", "list-stacks", "List stacks"),
		"Never fails because one stack is sick: what is wrong with a stack is part of the answer."),
		func(ctx context.Context, in *listInput) (*list[ferry.Stack], error) {
			return answerList(f.List(ctx, in.All))
		})
	huma.Register(r.api, r.start(), func(ctx context.Context, in *startInput) (*body[ferry.Job], error) {
		if err := textFits(in.Body.Source); err != nil {
			return nil, err
		}
		return answer(f.Start(ctx, in.Body))
	})
	huma.Register(r.api, described(operation(get, "/v1/stacks/{ref}", "stacks", "inspect-stack", "Inspect a stack"),
		"One stack with its plan."),
		func(ctx context.Context, in *refInput) (*body[api.Detail], error) {
			return answer(f.Inspect(ctx, in.Ref))
		})
	huma.Register(r.api, described(operation(post, "/v1/stacks/adopt", "stacks", "adopt-stacks", "Adopt stacks"),
		"Rebuilds the records of stacks that only the engine knows, from the labels on what runs."),
		func(ctx context.Context, _ *nothing) (*list[ferry.Stack], error) { return answerList(f.Adopt(ctx)) })
	r.stackJobs()
}

// start describes the one operation whose body may be large.
func (r routes) start() huma.Operation {
	op := accepted(described(operation(http.MethodPost, "/v1/stacks", "stacks", "start-stack", "Start a stack"),
		"Starts a new stack from an application, or a stopped stack again. A stack that has a running job is a conflict."))
	op.MaxBodyBytes = maxSource
	return op
}

// change describes an operation whose body may hold a file.
func (routes) change(op huma.Operation) huma.Operation {
	op.MaxBodyBytes = maxSource
	return op
}

// stackJobs are the verbs that answer with a job.
func (r routes) stackJobs() {
	f := r.ferry
	post := http.MethodPost
	huma.Register(r.api, accepted(described(operation(http.MethodDelete, "/v1/stacks/{ref}", "stacks", "remove-stack", "Remove a stack"),
		"Removes the stack and its data for good.")),
		func(ctx context.Context, in *removeInput) (*body[ferry.Job], error) {
			return answer(f.Remove(ctx, in.Ref, in.Force))
		})
	huma.Register(r.api, r.change(accepted(described(operation(post, "/v1/stacks/{ref}/apply", "stacks", "apply-change", "Change a stack"),
		"Brings the stack to what is asked for: other counts, or another application, by the least that does."))),
		func(ctx context.Context, in *changeInput) (*body[ferry.Job], error) {
			return answer(f.Apply(ctx, in.Ref, in.Body))
		})
	huma.Register(r.api, r.change(described(operation(post, "/v1/stacks/{ref}/diff", "stacks", "diff-stack", "Compare a stack with what it is to be"),
		"Says what a change would do, and does nothing.")),
		func(ctx context.Context, in *changeInput) (*body[api.Difference], error) {
			return answer(f.Diff(ctx, in.Ref, in.Body))
		})
	huma.Register(r.api, accepted(described(operation(post, "/v1/stacks/{ref}/stop", "stacks", "stop-stack", "Stop a stack"),
		"Stops the stack and keeps its data.")),
		func(ctx context.Context, in *refInput) (*body[ferry.Job], error) { return answer(f.Stop(ctx, in.Ref)) })
	huma.Register(r.api, accepted(described(operation(post, "/v1/stacks/{ref}/test", "stacks", "test-stack", "Test a stack"),
		"Runs the smoke test of every service; what it prints comes as the job's events.")),
		func(ctx context.Context, in *refInput) (*body[ferry.Job], error) { return answer(f.Test(ctx, in.Ref)) })
}
