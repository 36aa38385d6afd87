package server

import (
	"context"
	"net/http"

	"github.com/coder/websocket"
	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"

	"github.com/ferry-project/ferry/internal/api"
	"github.com/ferry-project/ferry/internal/api/tunnel"
)

const dialNote = `A WebSocket that is a connection to a port of a node, wherever the caller is: binary messages are its bytes. An empty
one says that its sender sends no more. A port where nothing answers is a problem document instead of the WebSocket.`

type dialInput struct {
	Ref  string `path:"ref" doc:"A stack's id, an unambiguous beginning of it, or its name."`
	Node string `query:"node" doc:"A connector's name or a host name; none: the first connector, else the first node."`
	Port int    `query:"port" required:"true" minimum:"1" maximum:"65535" doc:"The port, of the node's own."`
}

func (r routes) dial() {
	op := r.websocket(described(operation(http.MethodGet, "/v1/stacks/{ref}/dial", "inside", "dial", "Connect to a port of a node"), dialNote))
	huma.Register(r.api, failure(r.api, op), func(_ context.Context, in *dialInput) (*huma.StreamResponse, error) {
		return &huma.StreamResponse{Body: func(hc huma.Context) {
			req, w := humago.Unwrap(hc)
			serveDial(r.ferry, in, w, req)
		}}, nil
	})
}

// websocket describes an operation that is a WebSocket.
func (r routes) websocket(op huma.Operation) huma.Operation {
	op.DefaultStatus = http.StatusSwitchingProtocols
	op.Responses = map[string]*huma.Response{
		"101": {Description: "Switching Protocols"},
		"426": {Description: "Not asked for as a WebSocket", Content: media(api.ProblemType, schemaOf[api.Problem](r.api))},
	}
	return op
}

// serveDial carries one connection. Its context ends with the server.
func serveDial(f api.Inside, in *dialInput, w http.ResponseWriter, r *http.Request) {
	if !upgrades(w, r, "a port of a node is reached over a WebSocket") {
		return
	}
	far, err := f.Dial(r.Context(), in.Ref, in.Node, in.Port)
	if err != nil {
		writeProblem(w, api.NewProblem(err))
		return
	}
	refused := &handshake{ResponseWriter: w}
	conn, err := websocket.Accept(refused, r, nil)
	if err != nil {
		_ = far.Close()
		refused.answer()
		return
	}
	near := tunnel.New(r.Context(), conn)
	ctx, cancel := context.WithCancel(r.Context())
	defer cancel()
	go func() { // the caller may leave while the node says nothing
		defer cancel()
		select {
		case <-near.Done():
		case <-ctx.Done():
		}
	}()
	tunnel.Join(ctx, near, far)
}
