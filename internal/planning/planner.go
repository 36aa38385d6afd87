// Package planning makes a plan of what a user asks for: it finds and decodes the
// application, looks once at the engine, the host and the other stacks, and hands all of
// that to internal/plan, which decides. It changes nothing.
package planning

import (
	"context"

	"github.com/ferry-project/ferry/internal/api"
	"github.com/ferry-project/ferry/internal/engine"
	"github.com/ferry-project/ferry/internal/inventory"
	"github.com/ferry-project/ferry/internal/personality"
	"github.com/ferry-project/ferry/internal/state"
)

// Planner plans. It implements api.Plans and api.Apps.
type Planner struct {
	Engine    engine.Engine
	Records   Records
	Inventory *inventory.Inventory
	Labels    Labels
	Catalogue personality.Catalogue
	// Refs are the engine's references of the recipes that nodes are made of.
	Refs map[string]string
	// Pool is where subnets are cut from; "": the planner's default.
	Pool string
	// Listening returns the TCP ports in use on this host.
	Listening func() []int
}

var (
	_ api.Plans = (*Planner)(nil)
	_ api.Apps  = (*Planner)(nil)
)

// Records are read: what other stacks have is not planned twice.
type Records interface {
	List(ctx context.Context) ([]state.Listed, error)
}

// Labels finds the labels of an image, whoever has made it.
type Labels interface {
	Labels(ctx context.Context, ref string) (labels map[string]string, ok bool, err error)
}
