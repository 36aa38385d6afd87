// Package images is what users do with images: list them, build them, remove them. How
// one is built is internal/build's.
package images

import (
	"context"
	"io"
	"time"

	"github.com/ferry-project/ferry/internal/api"
	"github.com/ferry-project/ferry/internal/engine"
	"github.com/ferry-project/ferry/internal/event"
	"github.com/ferry-project/ferry/internal/inventory"
	"github.com/ferry-project/ferry/internal/job"
)

// Stock is the images there are, and those that there could be. It implements api.Images.
type Stock struct {
	Engine    engine.Engine
	Builder   Builder
	Inventory *inventory.Inventory
	Jobs      *job.Jobs
	Events    *event.Broker
	// Refs are the engine's references of the recipes that nodes are made of, Builders
	// those of recipes that only build others.
	Refs, Builders map[string]string
	Now            func() time.Time
}

var _ api.Images = (*Stock)(nil)

// Builder builds images from recipes, and keeps them.
type Builder interface {
	// Ensure builds a recipe and its parents where they are not there yet.
	Ensure(ctx context.Context, recipe string, progress func(line string)) error
	BuildConnector(ctx context.Context, name string, tar io.Reader, progress func(line string)) (ref string, err error)
	// List lists the images with a label, "key" or "key=value".
	List(ctx context.Context, label string) ([]engine.Image, error)
	// Remove fails with engine.ErrConflict while a node is made of the image.
	Remove(ctx context.Context, ref string) error
}
