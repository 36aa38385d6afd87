package client_test

import (
	"context"
	"net"
	"os"
	"strings"
	"testing"

	"github.com/ferry-project/ferry"
	"github.com/ferry-project/ferry/internal/api"
	"github.com/ferry-project/ferry/internal/api/apitest"
	"github.com/ferry-project/ferry/internal/api/client"
)

// dying takes one call on the path, reads of it, says what it is told and is gone, as
// a server that is killed.
func dying(t *testing.T, path, says string) {
	t.Helper()
	ln, err := net.ListenUnix("unix", &net.UnixAddr{Name: path, Net: "unix"})
	if err != nil {
		t.Fatal(err)
	}
	ln.SetUnlinkOnClose(false) // the next one's is there by then
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		defer ln.Close()
		conn, err := ln.Accept()
		if err != nil {
			return
		}
		defer conn.Close()
		_, _ = conn.Read(make([]byte, 4096))
		_, _ = conn.Write([]byte(says))
	}()
	t.Cleanup(func() { ln.Close(); <-ended })
}

// next serves f on the path when a client wants a server there, and counts.
func next(t *testing.T, f api.Ferry, path string, redials *int) func(context.Context) error {
	return func(context.Context) error {
		*redials++
		if *redials == 1 {
			_ = os.Remove(path)
			t.Cleanup(running(t, f, path))
		}
		return nil
	}
}

const endingAnswer = "HTTP/1.1 503 Service Unavailable\r\nConnection: close\r\nContent-Type: application/problem+json\r\nContent-Length: 78\r\n\r\n" +
	`{"title":"","status":503,"detail":"the server is ending","code":"unavailable"}`

func TestCallsOutliveAServer(t *testing.T) {
	f := &apitest.Ferry{
		StopFunc:   func(context.Context, string) (ferry.Job, error) { return ferry.Job{ID: "jo-1"}, nil },
		RemoveFunc: func(context.Context, string, bool) (ferry.Job, error) { return ferry.Job{ID: "jo-2"}, nil },
		ListFunc:   func(context.Context, bool) ([]ferry.Stack, error) { return []ferry.Stack{{ID: "sa-1"}}, nil },
		PlanFunc: func(context.Context, api.Source) (api.Proposal, error) {
			return api.Proposal{Plan: ferry.Plan{Stack: "sa-1"}}, nil
		},
		CancelFunc:  func(context.Context, string) error { return nil },
		InspectFunc: func(context.Context, string) (api.Detail, error) { return api.Detail{}, nil },
	}
	for name, says := range map[string]string{
		"killed": "", "killed while it answers": "HTTP/1.1 200 OK\r\nContent-Length: 70\r\n\r\n[", "ending": endingAnswer,
	} {
		for what, call := range map[string]func(context.Context, *client.Client) error{
			"stop":    func(ctx context.Context, c *client.Client) error { _, err := c.Stop(ctx, "x"); return err },
			"remove":  func(ctx context.Context, c *client.Client) error { _, err := c.Remove(ctx, "x", true); return err },
			"list":    func(ctx context.Context, c *client.Client) error { _, err := c.List(ctx, true); return err },
			"inspect": func(ctx context.Context, c *client.Client) error { _, err := c.Inspect(ctx, "x"); return err },
			"plan": func(ctx context.Context, c *client.Client) error {
				_, err := c.Plan(ctx, api.Source{Target: "x"})
				return err
			},
		} {
			t.Run(name+" "+what, func(t *testing.T) {
				path, redials := socket(t), 0
				dying(t, path, says)
				c := open(t, client.Options{Socket: path, Redial: next(t, f, path, &redials)})
				if err := call(within(t), c); err != nil || redials != 1 {
					t.Errorf("%v after %d new servers", err, redials)
				}
			})
		}
	}
}

// The job of the server that was lost is under way in the next one.
func TestVerbFindsItsJobAgain(t *testing.T) {
	busy := ferry.Errorf(ferry.Conflict, "sa-1 is busy")
	f := &apitest.Ferry{
		StopFunc:   func(context.Context, string) (ferry.Job, error) { return ferry.Job{}, busy },
		RemoveFunc: func(context.Context, string, bool) (ferry.Job, error) { return ferry.Job{}, busy },
		InspectFunc: func(context.Context, string) (api.Detail, error) {
			return api.Detail{Stack: ferry.Stack{ID: "sa-1", Job: "jo-7"}}, nil
		},
		JobFunc: func(context.Context, string) (ferry.Job, error) {
			return ferry.Job{ID: "jo-7", Kind: ferry.StopJob, State: ferry.JobRunning}, nil
		},
	}
	path, redials := socket(t), 0
	dying(t, path, "")
	c := open(t, client.Options{Socket: path, Redial: next(t, f, path, &redials)})
	if j, err := c.Stop(within(t), "sa-1"); err != nil || j.ID != "jo-7" {
		t.Errorf("stop: %+v, %v", j, err)
	}
	if _, err := c.Stop(within(t), "sa-1"); ferry.CodeOf(err) != ferry.Conflict {
		t.Errorf("a stop of whom no server was lost: %v", err)
	}
	path, redials = socket(t), 0
	dying(t, path, "")
	c = open(t, client.Options{Socket: path, Redial: next(t, f, path, &redials)})
	if _, err := c.Remove(within(t), "sa-1", true); ferry.CodeOf(err) != ferry.Conflict {
		t.Errorf("another kind of job is in the way: %v", err)
	}
}

// A start may have begun: it is asked again only when no server was there to begin it.
func TestStartIsAskedAgainOnlyWhenItReachedNobody(t *testing.T) {
	started := 0
	f := &apitest.Ferry{StartFunc: func(_ context.Context, r api.StartRequest) (ferry.Job, error) {
		started++
		return ferry.Job{ID: "jo-" + r.Name}, nil
	}}
	path, redials := socket(t), 0
	c := open(t, client.Options{Socket: path, Redial: next(t, f, path, &redials)})
	r := api.StartRequest{Source: api.Source{Target: "x"}, Name: "n"}
	if j, err := c.Start(within(t), r); err != nil || j.ID != "jo-n" || started != 1 {
		t.Errorf("nobody there: %+v, %v, started %d times", j, err, started)
	}
	path, redials = socket(t), 0
	dying(t, path, "")
	c = open(t, client.Options{Socket: path, Redial: next(t, f, path, &redials)})
	if _, err := c.Start(within(t), r); ferry.CodeOf(err) != ferry.Unavailable || redials != 0 {
		t.Errorf("killed: %v after %d new servers", err, redials)
	}
}

// Whoever answers on a socket is not yet to be given files, or to be unpacked from.
func TestServerThatIsNotTrusted(t *testing.T) {
	path := socket(t)
	t.Cleanup(running(t, &apitest.Ferry{VersionFunc: func(context.Context) (api.Version, error) {
		t.Error("it was asked")
		return api.Version{}, nil
	}}, path))
	mine := -1
	c := open(t, client.Options{Socket: path, Trust: func(uid int) error {
		mine = uid
		return ferry.Errorf(ferry.Invalid, "user %d is nobody we know", uid)
	}})
	_, err := c.Version(within(t))
	if e := asError(t, err); e.Code != ferry.Invalid || !strings.Contains(e.Message, "nobody we know") || mine != os.Getuid() {
		t.Errorf("got %v, of user %d", err, mine)
	}
	if _, err := c.Exec(within(t), "x", api.ExecRequest{}, api.Streams{}); ferry.CodeOf(err) != ferry.Invalid {
		t.Errorf("exec: %v", err)
	}
}
