// Package server puts an api.Ferry on the wire: JSON over HTTP under /v1, events
// as Server-Sent Events, exec over a WebSocket, tars and logs as raw streams. The
// API describes itself at /openapi.json. Everything said here is HTTP; what the
// calls mean is said in package api.
package server

import (
	"log/slog"
	"net/http"
	"reflect"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"

	"github.com/ferry-project/ferry/internal/api"
)

// Options of the handler. The zero value is good.
type Options struct {
	// Log takes defects (a panic, a response that cannot be written) and, at debug
	// level, every request. nil: nothing is logged.
	Log *slog.Logger
	// Heartbeat is how often a quiet event stream sends a comment, so that both ends
	// notice a dead connection. 0: every 15 seconds.
	Heartbeat time.Duration
	// BodyTime is how long a body may take to come, unless it is a tar. 0: 30 seconds.
	BodyTime time.Duration
}

// Handler serves f. It lets in whoever reaches it, except for requests that a
// browser sends on behalf of another site; on TCP put WithToken around it.
func Handler(f api.Ferry, o Options) http.Handler {
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if o.Heartbeat == 0 {
		o.Heartbeat = 15 * time.Second
	}
	if o.BodyTime == 0 {
		o.BodyTime = 30 * time.Second
	}
	mux := http.NewServeMux()
	h := humago.New(mux, config())
	h.UseMiddleware(noEmptyValues)
	r := routes{api: h, ferry: f, heartbeat: o.Heartbeat}
	r.stacks()
	r.leases()
	r.bundles()
	r.snapshots()
	r.archives()
	r.plans()
	r.jobs()
	r.inside()
	r.images()
	r.system()
	mux.Handle("/", unrouted(mux))
	return observe(o.Log, prompt(routable(sameOrigin(mux)), o.BodyTime))
}

// routes registers the operations, facet by facet.
type routes struct {
	api       huma.API
	ferry     api.Ferry
	heartbeat time.Duration
}

const overview = `Ferry turns one short application file into a running big-data stack on containers.

Every error is a problem document (RFC 9457) whose member ` + "`code`" + ` says what can be done about it:
` + "`invalid`, `not-found`, `conflict`, `unavailable`, `interrupted`, `failed` or `internal`" + `.

What takes long is a job: the call answers 202 at once, and the job's events tell how it goes.`

// config is huma's, without its links to schemas in every answer and without its
// documentation page, which loads scripts from elsewhere.
func config() huma.Config {
	c := huma.DefaultConfig("Ferry", "1")
	c.CreateHooks = nil
	c.DocsPath = ""
	c.SchemasPath = ""
	c.RejectUnknownQueryParameters = true
	c.Transformers = []huma.Transformer{problems}
	c.Info.Description = overview
	c.Tags = tags()
	c.Components.Schemas.RegisterTypeAlias(reflect.TypeFor[huma.ErrorModel](), reflect.TypeFor[api.Problem]())
	return c
}

func tags() []*huma.Tag {
	return []*huma.Tag{
		{Name: "stacks", Description: "Start, stop, remove, test and look at stacks."},
		{Name: "plans", Description: "Ask without doing."},
		{Name: "jobs", Description: "Watch and cancel what the server is working on."},
		{Name: "inside", Description: "Reach into the nodes of a stack."},
		{Name: "images", Description: "Recipes and what was built from them."},
		{Name: "applications", Description: "The built-in applications and the schema of the file."},
		{Name: "system", Description: "Ferry and its machine."},
	}
}

// body is an answer of one JSON value.
type body[T any] struct{ Body T }

func answer[T any](v T, err error) (*body[T], error) {
	if err != nil {
		return nil, api.NewProblem(err)
	}
	return &body[T]{Body: v}, nil
}

// list is an answer of a JSON array, never null.
type list[T any] struct {
	Body []T `nullable:"false"`
}

func answerList[T any](v []T, err error) (*list[T], error) {
	if err != nil {
		return nil, api.NewProblem(err)
	}
	if v == nil {
		v = []T{}
	}
	return &list[T]{Body: v}, nil
}

// nothing is an answer without content.
type nothing struct{}

func done(err error) (*nothing, error) {
	if err != nil {
		return nil, api.NewProblem(err)
	}
	return &nothing{}, nil
}

// operation describes a route. huma sets no deadline for the body, as it would leave
// it set: net/http cancels the request's context when it passes, even though the body
// is complete. prompt sets one that ends with the body.
func operation(method, path, tag, id, summary string) huma.Operation {
	return huma.Operation{
		Method: method, Path: path, OperationID: id, Summary: summary,
		Tags: []string{tag}, BodyReadTimeout: -1, MaxBodyBytes: maxBody,
	}
}

const (
	maxBody = 64 << 10
	// maxSource holds an application text in base64 and its answers.
	maxSource = api.MaxText/3*4 + 256<<10
)

// described adds the paragraph below the summary.
func described(op huma.Operation, text string) huma.Operation {
	op.Description = text
	return op
}

// accepted answers 202: the work goes on as a job.
func accepted(op huma.Operation) huma.Operation {
	op.DefaultStatus = http.StatusAccepted
	return op
}
