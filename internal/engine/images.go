package engine

import (
	"context"
	"io"
	"time"
)

// Images are what nodes are made from, where the engine keeps them. It is no part of
// Engine: only what builds images asks for it, and a cluster's nodes may get theirs from
// a registry that another engine fills.
type Images interface {
	// HasImage reports whether ref is there, with its labels.
	HasImage(ctx context.Context, ref string) (labels map[string]string, ok bool, err error)
	// ListImages lists the images with a label, "key" or "key=value"; "": all.
	ListImages(ctx context.Context, label string) ([]Image, error)
	// BuildImage builds a tar of a folder with a Dockerfile; each line of the
	// build's output goes to progress. The error of a failed step carries the
	// last lines.
	BuildImage(ctx context.Context, b Build, progress func(line string)) error
	// ImportImage makes a one-layer image of a root file system.
	ImportImage(ctx context.Context, ref string, labels map[string]string, tar io.Reader) error
	// PullImage fetches ref from its registry and returns it the name as.
	PullImage(ctx context.Context, ref, as string) error
	RemoveImage(ctx context.Context, ref string) error
}

// Image is one entry of a listing.
type Image struct {
	ID      string
	Refs    []string
	Labels  map[string]string
	Size    int64
	Created time.Time
}

// Build is one image build.
type Build struct {
	Ref     string
	Context io.Reader // tar
	Labels  map[string]string
	Args    map[string]string // build arguments; proxies among them
}
