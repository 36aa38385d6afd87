package cli

import (
	"bufio"
	"context"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"time"

	"github.com/ferry-project/ferry/internal/api"
)

// Env is everything the command line knows of the world around it. cmd/ferry
// fills it from the process; a test fills it by hand.
type Env struct {
	In       io.Reader
	Out, Err io.Writer // data and talk
	Terminal Terminal

	// UseContext takes the engine of a Docker context, whatever the environment names. It
	// is called before all others.
	UseContext func(name string)
	// Connect returns a server, starting one when none answers.
	Connect func(ctx context.Context) (api.Ferry, error)
	// Find returns the server that runs already, ferry.Unavailable when there is
	// none: to end it, and to complete a word without side effects.
	Find func(ctx context.Context) (api.Ferry, error)
	// Serve is the server itself; it ends with ctx or by Quit.
	Serve func(ctx context.Context, o ServerOptions) error
	// PlanText is a plan for people.
	PlanText func(p api.Proposal) string

	Now func() time.Time
	// Leave is closed by the second Ctrl-C: what the first one began to undo is
	// left to the server. The first one ends the context given to Main.
	Leave <-chan struct{}

	Version   string
	NoColor   bool
	TermName  string   // TERM, handed to shells in nodes
	Environ   []string // for the command of `ferry run`
	Dir       string   // relative paths start here
	lineInput *bufio.Reader
}

// Terminal says which streams are a terminal, and handles it.
type Terminal struct {
	In, Out, Err bool
	// Size in characters; zeros when unknown. Must not be nil when Err or Out is set.
	Size func() (width, height int)
	// Raw turns off echo and line editing until restore is called.
	Raw func() (restore func(), err error)
	// Resized gets a value for every change of size.
	Resized <-chan os.Signal
}

// ServerOptions are the options of `ferry server`.
type ServerOptions struct {
	LogLevel slog.Level
	LogJSON  bool
	// Listen is a TCP address to serve on beside the socket, with a certificate
	// and its key; the token comes from the environment.
	Listen, TLSCert, TLSKey string
	// Report is a file descriptor for the reason of an end; 0: none.
	Report int
}

// asks reports whether a person can be asked.
func (e *Env) asks() bool { return e.Terminal.In && e.Terminal.Err }

// draws reports whether stderr can be drawn on.
func (e *Env) draws() bool { return e.Terminal.Err && e.TermName != "dumb" }

// path makes a path of the user's absolute.
func (e *Env) path(p string) string {
	if filepath.IsAbs(p) {
		return p
	}
	return filepath.Join(e.Dir, p)
}
