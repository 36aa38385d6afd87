package server

import (
	"context"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"
	"github.com/danielgtaylor/huma/v2/sse"

	"github.com/ferry-project/ferry"
	"github.com/ferry-project/ferry/internal/api"
)

type jobsInput struct {
	Stack string `query:"stack" doc:"Only the jobs of this stack, by its id." example:"sa-1"`
}

type jobInput struct {
	ID string `path:"id" doc:"A job's id." example:"jo-1"`
}

func (r routes) jobs() {
	f := r.ferry
	huma.Register(r.api, described(operation(http.MethodGet, "/v1/jobs", "jobs", "list-jobs", "List jobs"),
		"The jobs that are remembered, the latest first."),
		func(ctx context.Context, in *jobsInput) (*list[ferry.Job], error) {
			return answerList(f.ListJobs(ctx, in.Stack))
		})
	huma.Register(r.api, described(operation(http.MethodGet, "/v1/jobs/{id}/past", "jobs", "get-past", "Get a job's events so far"),
		"What has happened in the job by now, at once; following it waits for what comes."),
		func(ctx context.Context, in *jobInput) (*list[ferry.Event], error) {
			return answerList(f.Past(ctx, in.ID))
		})
	huma.Register(r.api, described(operation(http.MethodGet, "/v1/jobs/{id}", "jobs", "get-job", "Get a job"),
		"How far the job is, and its error when it failed."),
		func(ctx context.Context, in *jobInput) (*body[ferry.Job], error) { return answer(f.Job(ctx, in.ID)) })
	huma.Register(r.api, described(operation(http.MethodDelete, "/v1/jobs/{id}", "jobs", "cancel-job", "Cancel a job"),
		"Asks the job to end and to undo what it made; answers at once."),
		func(ctx context.Context, in *jobInput) (*nothing, error) { return done(f.Cancel(ctx, in.ID)) })
	r.events()
}

// Position is where an event stream begins, and the writer for what huma's SSE
// does not know: comments and deadlines. Its name is exported because huma looks
// into exported fields only.
type Position struct {
	After int64 `query:"after" minimum:"0" doc:"Only events with a higher number."`
	Last  int64 `header:"Last-Event-ID" minimum:"0" doc:"The same, as browsers say it when they reconnect; it goes before after."`
	w     http.ResponseWriter
}

// Resolve keeps the writer.
func (p *Position) Resolve(ctx huma.Context) []error {
	_, p.w = humago.Unwrap(ctx)
	return nil
}

func (p *Position) seq() int64 { return max(p.After, p.Last) }

type jobEventsInput struct {
	ID string `path:"id" doc:"A job's id." example:"jo-1"`
	Position
}

type eventsInput struct{ Position }

func (r routes) events() {
	kinds := map[string]any{api.EventMessage: ferry.Event{}, api.EventProblem: api.Problem{}, api.EventEnd: api.End{}}
	one := described(operation(http.MethodGet, "/v1/jobs/{id}/events", "jobs", "follow-job", "Follow a job"),
		"Every event of the job, old ones first, until it is over, then `end`. "+
			"A stream that ends without `end` or `problem` was cut off: ask again from the last id.")
	sse.Register(r.api, one, kinds, func(ctx context.Context, in *jobEventsInput, send sse.Sender) {
		r.follow(ctx, in.ID, &in.Position, send)
	})
	all := described(operation(http.MethodGet, "/v1/events", "jobs", "follow-events", "Follow everything"),
		"Every event of every job, old ones first; does not end by itself.")
	sse.Register(r.api, all, kinds, func(ctx context.Context, in *eventsInput, send sse.Sender) {
		r.follow(ctx, "", &in.Position, send)
	})
}

// follow sends the events and how the stream ended. A failure before the first
// byte is an ordinary error answer.
func (r routes) follow(ctx context.Context, job string, at *Position, send sse.Sender) {
	s := newEventStream(at.w, send)
	stop := s.beat(r.heartbeat)
	err := r.ferry.Follow(ctx, job, at.seq(), s.event)
	stop()
	switch {
	case ctx.Err() != nil:
		// The reader left, or the server ends and the reader will come back: no word.
	case err != nil && !s.begun:
		writeProblem(at.w, api.NewProblem(err))
	case err != nil:
		_ = s.last(*api.NewProblem(err))
	default:
		_ = s.last(api.End{Job: job})
	}
}

// greeting is how soon a stream without events shows that it is open.
const greeting = 200 * time.Millisecond
