package server

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"
)

const zipType = "application/zip"

func (r routes) bundles() {
	op := gives(described(operation(http.MethodGet, "/v1/stacks/{ref}/bundle", "inside", "bundle-stack", "Pack what there is to know of a stack"),
		"Logs, configuration, plan, events, the probes' last answers and versions, without the stack's secrets. "+trailerNote),
		zipType, "A zip.", binary())
	huma.Register(r.api, failure(r.api, op), func(_ context.Context, in *refInput) (*huma.StreamResponse, error) {
		return streamed(zipType, func(w *flushed, req *http.Request) error { return r.ferry.Bundle(req.Context(), in.Ref, w) })
	})
}
