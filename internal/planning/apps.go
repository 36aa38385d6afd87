package planning

import (
	"context"

	"github.com/ferry-project/ferry/internal/api"
	"github.com/ferry-project/ferry/internal/app"
)

// Apps lists the built-in applications.
func (p *Planner) Apps(context.Context) ([]api.App, error) {
	var out []api.App
	for _, b := range app.Builtins() {
		out = append(out, api.App{Name: b.Name, Metadata: b.Metadata, Text: b.Text})
	}
	return out, nil
}

// Schema is the JSON Schema of the application file.
func (p *Planner) Schema(context.Context) ([]byte, error) {
	return app.Schema(p.Catalogue.Cards())
}
