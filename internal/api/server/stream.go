package server

import (
	"context"
	"encoding/json"
	"net/http"
	"reflect"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"

	"github.com/ferry-project/ferry"
	"github.com/ferry-project/ferry/internal/api"
)

// streamed answers with whatever do writes. do's error becomes an ordinary error
// answer as long as nothing was written, and a trailer afterwards.
func streamed(mediaType string, do func(w *flushed, r *http.Request) error) (*huma.StreamResponse, error) {
	return &huma.StreamResponse{Body: func(hc huma.Context) {
		r, rw := humago.Unwrap(hc)
		w := newFlushed(rw, mediaType)
		w.finish(ended(r.Context(), do(w, r)))
	}}, nil
}

// ended puts the blame right for a call that was cut off. When the caller left,
// nobody hears it; else the server ends, and the caller has interrupted nothing.
func ended(ctx context.Context, err error) error {
	if err == nil || ctx.Err() == nil {
		return err
	}
	return ferry.Errorf(ferry.Unavailable, "the server ended before this was done").WithHint("try again: a command starts a new server")
}

// flushed is a body that leaves at once, write by write.
type flushed struct {
	w         http.ResponseWriter
	ctl       *http.ResponseController
	mediaType string
	begun     bool
}

func newFlushed(w http.ResponseWriter, mediaType string) *flushed {
	return &flushed{w: w, ctl: http.NewResponseController(w), mediaType: mediaType}
}

// Write sends p.
func (f *flushed) Write(p []byte) (int, error) {
	f.begin()
	n, err := f.w.Write(p)
	if err != nil {
		return n, err
	}
	return n, f.ctl.Flush()
}

// begin sets the headers of a good answer.
func (f *flushed) begin() {
	if f.begun {
		return
	}
	f.begun = true
	h := f.w.Header()
	h.Set("Content-Type", f.mediaType)
	h.Set("Cache-Control", "no-store")
	h.Set("X-Accel-Buffering", "no")
}

// finish says how it went.
func (f *flushed) finish(err error) {
	switch {
	case err == nil:
		f.begin() // an empty body has its type as well
	case !f.begun:
		writeProblem(f.w, api.NewProblem(err))
	default:
		f.w.Header().Set(http.TrailerPrefix+api.TrailerProblem, trailer(api.NewProblem(err)))
	}
}

// maxTrailer is what fits the buffers of common clients.
const maxTrailer = 2500

// trailer is the problem in one line, shortened when it must be.
func trailer(p *api.Problem) string {
	b, err := json.Marshal(p)
	if err == nil && len(b) <= maxTrailer {
		return string(b)
	}
	short := api.Problem{Title: p.Title, Status: p.Status, Code: p.Code, Detail: cut(p.Detail), Hint: cut(p.Hint)}
	b, _ = json.Marshal(&short) // strings and a number: cannot fail
	return string(b)
}

// cut keeps the beginning of a text. JSON makes up to six bytes of one.
func cut(s string) string {
	const most = 180
	if len(s) <= most {
		return s
	}
	return s[:most] + "…"
}

// reported runs a call that reports its progress, as lines of JSON.
func reported[T any](do func(r *http.Request, progress func(line string) error) (T, error)) (*huma.StreamResponse, error) {
	return &huma.StreamResponse{Body: func(hc huma.Context) {
		r, rw := humago.Unwrap(hc)
		w := newFlushed(rw, api.NDJSONType)
		lines := json.NewEncoder(w)
		lines.SetEscapeHTML(false)
		// Progress may be sent while the body is still being read.
		_ = w.ctl.EnableFullDuplex()
		result, err := do(r, func(line string) error {
			invite(w, r)
			return lines.Encode(api.Report[T]{Progress: &line})
		})
		err = ended(r.Context(), err)
		switch {
		case err == nil:
			_ = lines.Encode(api.Report[T]{Result: &result})
		case !w.begun:
			w.finish(err)
		default:
			_ = lines.Encode(api.Report[T]{Error: api.NewProblem(err)})
		}
	}}, nil
}

// invite lets a client send the body that it holds back until the server shows
// interest, before an answer begins that would end its waiting for good.
func invite(w *flushed, r *http.Request) {
	if !w.begun && r.Header.Get("Expect") != "" {
		w.w.WriteHeader(http.StatusContinue)
	}
}

// media describes a body that huma does not read or write itself.
func media(mediaType string, s *huma.Schema) map[string]*huma.MediaType {
	return map[string]*huma.MediaType{mediaType: {Schema: s}}
}

// gives describes the answer of a stream.
func gives(op huma.Operation, mediaType, text string, s *huma.Schema) huma.Operation {
	op.Responses = map[string]*huma.Response{
		"200": {Description: text, Content: media(mediaType, s)},
	}
	return op
}

// takesTar describes a raw tar body; huma leaves it unread.
func takesTar(op huma.Operation, text string) huma.Operation {
	op.RequestBody = &huma.RequestBody{Description: text, Required: true, Content: media("application/x-tar", binary())}
	return op
}

func binary() *huma.Schema { return &huma.Schema{Type: huma.TypeString, Format: "binary"} }

// failure describes the errors of an operation whose answers are written by hand.
func failure(a huma.API, op huma.Operation) huma.Operation {
	if op.Responses == nil {
		op.Responses = map[string]*huma.Response{}
	}
	op.Responses["default"] = &huma.Response{
		Description: "Error", Content: media(api.ProblemType, schemaOf[api.Problem](a)),
	}
	return op
}

// schemaOf returns the schema of a Go type, registered with the document.
func schemaOf[T any](a huma.API) *huma.Schema {
	t := reflect.TypeFor[T]()
	return a.OpenAPI().Components.Schemas.Schema(t, true, t.Name())
}
