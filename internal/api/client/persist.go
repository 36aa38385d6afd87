package client

import (
	"context"
	"errors"
	"io/fs"
	"net/http"
	"syscall"
	"time"

	"github.com/ferry-project/ferry"
	"github.com/ferry-project/ferry/internal/api"
	"github.com/ferry-project/ferry/internal/retry"
)

// between returns the pauses after a lost server: a server that is ending answers for a moment still, and whoever
// asks again at once meets it again.
func between() retry.Pauses { return retry.Pauses{First: 20 * time.Millisecond, Longest: time.Second} }

// losses bounds how often a call may lose its server: about six seconds of pauses.
const losses = 10

// persist makes a call until its connection holds, where a server can be brought
// back. again: it may be made twice; else only what has reached nobody is repeated.
func (c *Client) persist(ctx context.Context, again bool, try func() error) error {
	lost := 0
	return between().Until(ctx, func() error {
		err := try()
		if err == nil {
			return nil
		}
		if c.redial == nil || lost == losses || ctx.Err() != nil || !unsent(err) && (!again || !broken(err)) {
			return retry.Stop(err)
		}
		lost++
		if err := c.redial(ctx); err != nil {
			return retry.Stop(err)
		}
		return err
	})
}

// unsent reports whether nobody was there to take the call.
func unsent(err error) bool {
	return broken(err) && (errors.Is(err, syscall.ECONNREFUSED) || errors.Is(err, fs.ErrNotExist))
}

// broken reports whether there is no answer, and not what the server said.
func broken(err error) bool {
	e, ok := errors.AsType[*ferry.Error](err)
	return ok && e.Code == ferry.Unavailable && e.Err != nil
}

var errEnding = errors.New("the server is ending")

// ending marks what a server says while it ends as no answer: the next one will
// have one. net/http then closes the connection.
func ending(resp *http.Response, err error) error {
	if e, ok := errors.AsType[*ferry.Error](err); ok && resp.Close && resp.StatusCode == http.StatusServiceUnavailable {
		e.Err = errEnding
	}
	return err
}

// verb asks for a job on a stack. When the first server that was asked was lost,
// its job may be under way in the next one, and be in the way of another: then it
// is the answer.
func (c *Client) verb(ctx context.Context, k call, ref string, kind ferry.JobKind) (ferry.Job, error) {
	asked := 0
	var job ferry.Job
	err := c.persist(ctx, k.again, func() (err error) {
		asked++
		job, err = decodeOnce[ferry.Job](ctx, c, k)
		return err
	})
	if asked == 1 || ferry.CodeOf(err) != ferry.Conflict {
		return job, err
	}
	if j, ok := c.underWay(ctx, ref, kind); ok {
		return j, nil
	}
	return job, err
}

func (c *Client) underWay(ctx context.Context, ref string, kind ferry.JobKind) (ferry.Job, bool) {
	d, err := about[api.Detail](ctx, c, http.MethodGet, "/v1/stacks/%s", ref, nil)
	if err != nil || d.Job == "" {
		return ferry.Job{}, false
	}
	j, err := c.Job(ctx, d.Job)
	return j, err == nil && j.Kind == kind
}
