package server

import (
	"context"
	"io"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/ferry-project/ferry/internal/api"
)

type filesInput struct {
	Ref  string `path:"ref" doc:"A stack's id, an unambiguous beginning of it, or its name."`
	Node string `query:"node" doc:"A connector's name or a host name; none: the first connector, else the first node."`
	Path string `query:"path" required:"true" minLength:"1" doc:"Where in the node; absolute, or from the login user's home."`
}

type logsInput struct {
	Ref    string    `path:"ref" doc:"A stack's id, an unambiguous beginning of it, or its name."`
	Node   string    `query:"node" doc:"Only the log of this node; none: all, each line prefixed."`
	Follow bool      `query:"follow" doc:"Stay for what comes."`
	Tail   int       `query:"tail" minimum:"0" doc:"Only so many last lines; 0: all."`
	Since  time.Time `query:"since" doc:"Only what was logged after that moment; before 1970: everything."`
}

func (r routes) inside() {
	r.files()
	r.logs()
	r.exec()
	r.dial()
}

const tarType = "application/x-tar"

func (r routes) files() {
	f := r.ferry
	put := takesTar(described(operation(http.MethodPut, "/v1/stacks/{ref}/files", "inside", "copy-to", "Copy into a node"),
		"Unpacks a tar in a directory of the node."), "A tar of any length, not compressed.")
	put.Responses = map[string]*huma.Response{"204": {Description: "Copied."}}
	huma.Register(r.api, failure(r.api, put), func(_ context.Context, in *filesInput) (*huma.StreamResponse, error) {
		return streamed("", func(w *flushed, req *http.Request) error {
			if err := f.CopyTo(req.Context(), in.Ref, in.Node, in.Path, unhurried(req)); err != nil {
				return err
			}
			w.begun = true
			w.w.WriteHeader(http.StatusNoContent)
			return nil
		})
	})
	get := gives(described(operation(http.MethodGet, "/v1/stacks/{ref}/files", "inside", "copy-from", "Copy out of a node"),
		"Packs a file or a directory of the node. "+trailerNote), tarType, "A tar, not compressed.", binary())
	huma.Register(r.api, failure(r.api, get), func(_ context.Context, in *filesInput) (*huma.StreamResponse, error) {
		return streamed(tarType, func(w *flushed, req *http.Request) error { return copyFrom(req.Context(), f, in, w) })
	})
}

const trailerNote = "A failure after the first byte comes as a problem document in the trailer `" + api.TrailerProblem + "`."

func copyFrom(ctx context.Context, f api.Inside, in *filesInput, w *flushed) error {
	tar, err := f.CopyFrom(ctx, in.Ref, in.Node, in.Path)
	if err != nil {
		return err
	}
	_, err = io.CopyBuffer(w, struct{ io.Reader }{tar}, make([]byte, 64<<10))
	// The engine may know only at the end that the tar is not whole.
	if cerr := tar.Close(); err == nil {
		err = cerr
	}
	return err
}

const textType = "text/plain; charset=utf-8"

func (r routes) logs() {
	op := gives(described(operation(http.MethodGet, "/v1/stacks/{ref}/logs", "inside", "read-logs", "Read logs"),
		"The log of one node, or of all. "+trailerNote), textType, "Lines of text, as they come.", &huma.Schema{Type: huma.TypeString})
	huma.Register(r.api, failure(r.api, op), func(_ context.Context, in *logsInput) (*huma.StreamResponse, error) {
		return streamed(textType, func(w *flushed, req *http.Request) error {
			l := api.LogsRequest{Node: in.Node, Follow: in.Follow, Tail: in.Tail}
			if in.Since.Unix() > 0 { // engines count from then on
				l.Since = in.Since
			}
			return r.ferry.Logs(req.Context(), in.Ref, l, w)
		})
	})
}
