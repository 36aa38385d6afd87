// Package fake is an engine in memory, for tests: it keeps every promise of
// package engine (enginetest holds it to that), and it can be told to fail, to
// block, to crash, to die and to answer as a test wants.
package fake

import (
	"context"
	"errors"
	"fmt"
	"net"
	"slices"
	"sync"

	"github.com/ferry-project/ferry/internal/engine"
)

// ErrCrash is what every call returns from the moment CrashAt has named.
var ErrCrash = errors.New("the engine's caller has crashed")

// Engine is an engine.Engine with every feature, and has images. Its hooks are set before
// it is used; everything else may be called at any time by many goroutines.
type Engine struct {
	// Fail is asked before every call takes effect, without a lock held, so it
	// may block. Its error becomes the call's. Calls are named like "create-node",
	// targets are what they work on: the node, network, volume or image. The
	// steps of a build are asked for too: "build-step" with the Dockerfile's line.
	Fail func(call, target string) error
	// OnExec answers a command; without it every command exits with 0 and prints nothing.
	OnExec func(node string, cmd []string) (code int, stdout string)
	// OnRun is the full form of OnExec and goes before it: it has the streams,
	// and its context ends with the caller's and with the node.
	OnRun func(ctx context.Context, node string, e engine.Exec) (code int, err error)
	// OnStart is called for every node that has started, before StartNode is back.
	OnStart func(node string)
	// Stubborn nodes do not end on their own when they are stopped: code 137.
	Stubborn func(node string) bool
	// Facts is what Info answers. Of its features those that are taken away are gone:
	// without fixed addresses a node gets one when it starts, and another one each time.
	Facts engine.Info

	mu       sync.Mutex
	images   map[string]*image
	networks map[string]engine.Network
	volumes  map[string]*volume
	nodes    map[string]*node
	watchers map[chan engine.Event]struct{}
	handlers map[socket]func(net.Conn)
	calls    []Call
	crash    crash
	down     bool
	serial   int
}

// Call is one call the engine has got, in the order of their beginning.
type Call struct {
	Name    string // "create-node"
	Target  string
	Command []string // of an exec
}

// String is the call as one line of a test's failure.
func (c Call) String() string {
	if c.Command == nil {
		return c.Name + " " + c.Target
	}
	return fmt.Sprintf("%s %s %q", c.Name, c.Target, c.Command)
}

type crash struct {
	at    int // 1-based number of the call; 0: none
	after bool
}

type socket struct {
	node string
	port int
}

var (
	_ engine.Engine = (*Engine)(nil)
	_ engine.Images = (*Engine)(nil)
)

// New returns an empty engine on a machine of 16 GiB and 4 cores.
func New() *Engine {
	return &Engine{
		Facts: engine.Info{
			Engine: "fake", Version: "1.0", APIVersion: "1.41", Memory: 16 << 30, CPUs: 4,
			Features: engine.Features{FixedAddresses: true, Copy: true, Freeze: true, Commit: true, Layer: true},
		},
		images:   map[string]*image{},
		networks: map[string]engine.Network{},
		volumes:  map[string]*volume{},
		nodes:    map[string]*node{},
		watchers: map[chan engine.Event]struct{}{},
		handlers: map[socket]func(net.Conn){},
	}
}

// Info returns Facts.
func (e *Engine) Info(ctx context.Context) (info engine.Info, err error) {
	err = e.do(ctx, Call{Name: "info"}, func() error { info = e.Facts; return nil })
	return info, err
}

// without is the error of a feature that the engine is to do without.
func without(has bool, what string) error {
	if has {
		return nil
	}
	return fmt.Errorf("%w: this engine cannot %s", errors.ErrUnsupported, what)
}

// CrashAt makes the n-th call from now, and every one after it, give ErrCrash,
// as if the caller's process had ended there. With after, the n-th call takes
// effect first: the caller never hears of it. Zero ends the crash.
func (e *Engine) CrashAt(n int, after bool) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.crash = crash{after: after}
	if n > 0 {
		e.crash.at = len(e.calls) + n
	}
}

// SetDown makes every call fail with ErrUnavailable and closes all watches, as
// when the engine is stopped. Nodes stay as they are.
func (e *Engine) SetDown(down bool) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.down = down
	if down {
		e.closeWatches()
	}
}

// Calls returns the calls so far, in the order of their beginning.
func (e *Engine) Calls() []Call {
	e.mu.Lock()
	defer e.mu.Unlock()
	return slices.Clone(e.calls)
}

// Count returns how many calls of that name there were.
func (e *Engine) Count(name string) int {
	n := 0
	for _, c := range e.Calls() {
		if c.Name == name {
			n++
		}
	}
	return n
}

// do is the way of every call: note it, ask the hook, take effect under the lock.
func (e *Engine) do(ctx context.Context, c Call, effect func() error) error {
	if err := e.enter(ctx, c); err != nil {
		return c.wrap(err)
	}
	return e.finish(c, effect)
}

func (e *Engine) finish(c Call, effect func() error) error {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.down {
		return c.wrap(fmt.Errorf("%w: the fake engine is down", engine.ErrUnavailable))
	}
	err := effect()
	if e.crash.at > 0 && len(e.calls) >= e.crash.at {
		return c.wrap(ErrCrash)
	}
	return c.wrap(err)
}

func (e *Engine) enter(ctx context.Context, c Call) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	if e.note(c) {
		return ErrCrash
	}
	if e.Fail == nil {
		return nil
	}
	if err := e.Fail(c.Name, c.Target); err != nil {
		return err
	}
	return ctx.Err()
}

// note reports whether the call comes too late: its caller has crashed.
func (e *Engine) note(c Call) (late bool) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.calls = append(e.calls, c)
	n := len(e.calls)
	return e.crash.at > 0 && (n > e.crash.at || n == e.crash.at && !e.crash.after)
}

func (c Call) wrap(err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("%s %s: %w", c.Name, c.Target, err)
}
