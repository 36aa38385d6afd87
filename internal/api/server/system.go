package server

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"github.com/ferry-project/ferry/internal/api"
)

type doctorInput struct{ Body api.DoctorRequest }

// raw is an answer that is JSON already.
type raw struct {
	ContentType string `header:"Content-Type"`
	Body        []byte
}

func (r routes) system() {
	f := r.ferry
	huma.Register(r.api, described(operation(http.MethodGet, "/v1/apps", "applications", "list-apps", "List applications"),
		"The built-in applications with their text."),
		func(ctx context.Context, _ *nothing) (*list[api.App], error) { return answerList(f.Apps(ctx)) })
	huma.Register(r.api, described(operation(http.MethodGet, "/v1/version", "system", "get-version", "Get versions"),
		"Which Ferry and which engine answer."),
		func(ctx context.Context, _ *nothing) (*body[api.Version], error) { return answer(f.Version(ctx)) })
	huma.Register(r.api, described(operation(http.MethodPost, "/v1/quit", "system", "quit", "Quit"),
		"Ends the server; stacks go on."),
		func(ctx context.Context, _ *nothing) (*nothing, error) { return done(f.Quit(ctx)) })
	huma.Register(r.api, described(operation(http.MethodPost, "/v1/ui", "system", "open-ui", "Open the web page"),
		"Opens the page on a loopback port of the server's machine, if it is not open, and makes a link that logs a browser in once."),
		func(ctx context.Context, _ *nothing) (*body[api.Link], error) { return answer(f.UI(ctx)) })
	r.schema()
	r.doctor()
}

const schemaType = "application/schema+json"

func (r routes) schema() {
	op := gives(described(operation(http.MethodGet, "/v1/schema", "applications", "get-schema", "Get the application schema"),
		"The JSON Schema of the application file, for editors."), schemaType, "A JSON Schema.", &huma.Schema{Type: huma.TypeObject})
	huma.Register(r.api, failure(r.api, op), func(ctx context.Context, _ *nothing) (*raw, error) {
		b, err := r.ferry.Schema(ctx)
		if err != nil {
			return nil, api.NewProblem(err)
		}
		return &raw{ContentType: schemaType, Body: b}, nil
	})
}

func (r routes) doctor() {
	op := gives(described(operation(http.MethodPost, "/v1/doctor", "system", "doctor", "Check the machine"),
		"Checks the machine and, when asked to, mends what it can."),
		api.NDJSONType, "Lines of progress, then the findings.", schemaOf[api.Report[[]api.Check]](r.api))
	huma.Register(r.api, failure(r.api, op), func(_ context.Context, in *doctorInput) (*huma.StreamResponse, error) {
		return reported(func(req *http.Request, progress func(string) error) ([]api.Check, error) {
			return r.ferry.Doctor(req.Context(), in.Body.Fix, progress)
		})
	})
}
