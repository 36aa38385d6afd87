package server

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"github.com/ferry-project/ferry"
	"github.com/ferry-project/ferry/internal/api"
)

type buildInput struct{ Body api.BuildRequest }

type removeImagesInput struct {
	Names []string `query:"name,explode" doc:"A recipe or a reference, repeated for more; none: images that no recipe asks for any more."`
}

type connectorInput struct {
	Name string `query:"name" required:"true" minLength:"1" doc:"The connector's name."`
}

func (r routes) images() {
	f := r.ferry
	huma.Register(r.api, described(operation(http.MethodGet, "/v1/images", "images", "list-images", "List images"),
		"The recipes with what was built from them, and users' own connectors."),
		func(ctx context.Context, _ *nothing) (*list[api.Image], error) { return answerList(f.Images(ctx)) })
	huma.Register(r.api, accepted(described(operation(http.MethodPost, "/v1/images/build", "images", "build-images", "Build images"),
		"Builds the named recipes, or all.")),
		func(ctx context.Context, in *buildInput) (*body[ferry.Job], error) {
			return answer(f.Build(ctx, in.Body.Recipes))
		})
	huma.Register(r.api, described(operation(http.MethodDelete, "/v1/images", "images", "remove-images", "Remove images"),
		"Removes images of Ferry that no stack uses, and names them."),
		func(ctx context.Context, in *removeImagesInput) (*list[string], error) {
			return answerList(f.RemoveImages(ctx, in.Names))
		})
	r.connectors()
}

func (r routes) connectors() {
	op := takesTar(described(operation(http.MethodPost, "/v1/images/connectors", "images", "build-connector", "Build a connector"),
		"Builds a user's own connector from a folder with a Dockerfile. The result is the reference to use as a connector's personality."),
		"A tar of the folder.")
	op = gives(op, api.NDJSONType, "Lines of progress, then the result.", schemaOf[api.Report[string]](r.api))
	huma.Register(r.api, failure(r.api, op), func(_ context.Context, in *connectorInput) (*huma.StreamResponse, error) {
		return reported(func(req *http.Request, progress func(string) error) (string, error) {
			return r.ferry.BuildConnector(req.Context(), in.Name, unhurried(req), progress)
		})
	})
}
