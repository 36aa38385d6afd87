package server

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/ferry-project/ferry"
	"github.com/ferry-project/ferry/internal/api"
	"github.com/ferry-project/ferry/internal/api/client"
	"github.com/ferry-project/ferry/internal/retry"
)

// patience is how long it may take until a server answers. One that ends has
// seconds for what it does, and the next one waits for it.
const patience = time.Minute

func dial(c Config, redial func(context.Context) error) (*client.Client, error) {
	return client.New(client.Options{Socket: PathsOf(c.Home).Socket, Trust: trusts(c.Home), Redial: redial})
}

// Find returns the API of the server that runs for this home; ferry.Unavailable
// when none does.
func Find(ctx context.Context, c Config) (api.Ferry, error) {
	f, err := dial(c, nil)
	if err != nil {
		return nil, err
	}
	_, err = f.Version(ctx)
	return f, err
}

// Connect returns the API, from a server that is started in the background, and
// said to be, when none answers. A connection that is lost later is made again
// the same way: a killed server is an ordinary event.
func Connect(ctx context.Context, c Config, talk io.Writer) (api.Ferry, error) {
	redial := func(ctx context.Context) error { return plainly(ensure(ctx, c, talk)) }
	if err := redial(ctx); err != nil {
		return nil, err
	}
	f, err := dial(c, redial)
	if err != nil {
		return nil, err
	}
	return f, sameEngine(ctx, c, f)
}

// sameEngine fails when a command asks for one engine and the server of its home has
// another one: what it does there would not be what was asked for.
func sameEngine(ctx context.Context, c Config, f api.Ferry) error {
	if !c.At.Asked {
		return nil
	}
	v, err := f.Version(ctx)
	if err != nil || v.EngineAt == "" || c.At.Is(v.EngineAt) {
		return err
	}
	return ferry.Errorf(ferry.Conflict, "the server of %s works with the engine at %s, not with the one at %s", c.Home, v.EngineAt, c.At).
		WithHint("have a server for each engine: set FERRY_HOME to another folder; or end this one: ferry quit")
}

// ensure starts servers until one answers. One that was started may end because
// another, which was ending itself, seemed to be there; or be ended by whoever
// ended the last one.
func ensure(ctx context.Context, c Config, talk io.Writer) error {
	f, err := dial(c, nil)
	if err != nil {
		return err
	}
	asking, cancel := context.WithTimeoutCause(ctx, patience, errors.New("no answer in "+patience.String()))
	defer cancel()
	for start := 0; ; start++ {
		_, err := f.Version(asking)
		if ferry.CodeOf(err) != ferry.Unavailable || asking.Err() != nil {
			return err
		}
		server, err := background(c)
		if err != nil {
			return err
		}
		if start == 0 {
			_, _ = fmt.Fprintf(talk, "started a server in the background (its log: %s)\n", PathsOf(c.Home).Log)
		}
		if err := server.await(asking, f); !errors.Is(err, errGone) || start == mostStarts {
			return server.explain(err)
		}
	}
}

// mostStarts bounds how many servers a command starts that end at once.
const mostStarts = 20

// errGone is the end of a server that was started and did not say why.
var errGone = errors.New("it ended at once")

// await waits until a server answers, ours or another one.
func (s *started) await(ctx context.Context, f api.Ferry) error {
	pauses := retry.Pauses{First: 10 * time.Millisecond, Longest: 50 * time.Millisecond}
	return pauses.Until(ctx, func() error {
		over := s.over() // looked at first: whoever answers may have made it end
		_, err := f.Version(ctx)
		switch {
		case ferry.CodeOf(err) != ferry.Unavailable && ctx.Err() == nil:
			return retry.Stop(err)
		case over:
			return retry.Stop(s.end)
		}
		return err
	})
}
