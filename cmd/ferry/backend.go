package main

import (
	"context"
	"io"

	"github.com/ferry-project/ferry"
	"github.com/ferry-project/ferry/internal/api"
	"github.com/ferry-project/ferry/internal/cli"
	"github.com/ferry-project/ferry/internal/plan"
)

// backend is the server's side of the process.
type backend struct {
	settings
	version string
	talk    io.Writer
}

func (b backend) connect(context.Context) (api.Ferry, error) { return nil, errNoServer }

func (b backend) find(context.Context) (api.Ferry, error) { return nil, errNoServer }

func (b backend) serve(context.Context, cli.ServerOptions) error { return errNoServer }

func (backend) planText(p ferry.Plan) string { return plan.Text(p) }

var errNoServer = ferry.Errorf(ferry.Unavailable, "this build has no server")
