package probe

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"regexp"
	"strings"
	"time"

	"github.com/ferry-project/ferry"
	"github.com/ferry-project/ferry/internal/engine"
	"github.com/ferry-project/ferry/internal/retry"
)

// oneTry bounds a single connection or request: what hangs is asked again. A
// service that is busy starting on a loaded machine may need seconds.
const oneTry = 10 * time.Second

// dialer reaches one port of one node.
type dialer struct {
	target    Target
	container string
	port      int
}

// pauses: a connection costs next to nothing, so it is tried often.
func (d dialer) pauses() retry.Pauses {
	return retry.Pauses{First: 25 * time.Millisecond, Longest: 250 * time.Millisecond}
}

// connect returns a connection that is closed when ctx ends; done closes it sooner.
func (d dialer) connect(ctx context.Context) (conn net.Conn, done func(), err error) {
	conn, err = d.target.Dial(ctx, d.container, d.port)
	if err != nil {
		return nil, nil, err
	}
	stop := context.AfterFunc(ctx, func() { _ = conn.Close() })
	return conn, func() { stop(); _ = conn.Close() }, nil
}

// tcp succeeds when the port accepts a connection.
type tcp struct{ dialer }

func (a tcp) ask(ctx context.Context, _ func(string)) error {
	ctx, cancel := context.WithTimeout(ctx, oneTry)
	defer cancel()
	_, done, err := a.connect(ctx)
	if err != nil {
		return err
	}
	done()
	return nil
}

// web succeeds when a GET is answered with 2xx and a body that matches.
type web struct {
	dialer
	node   string
	path   string
	expect *regexp.Regexp
}

// bodyLimit is far above any status page; what lies behind it is not matched.
const bodyLimit = 4 << 20

func (a web) ask(ctx context.Context, _ func(string)) error {
	ctx, cancel := context.WithTimeout(ctx, oneTry)
	defer cancel()
	conn, done, err := a.connect(ctx)
	if err != nil {
		return err
	}
	defer done()
	// The request is written by hand: no proxy, no redirect to a name that only
	// the stack knows, no goroutine that outlives the try.
	resp, err := a.get(ctx, conn)
	if err != nil {
		return err
	}
	defer func() { _ = resp.Body.Close() }()
	return a.judge(resp)
}

func (a web) get(ctx context.Context, conn net.Conn) (*http.Response, error) {
	url := fmt.Sprintf("http://%s:%d/%s", a.node, a.port, strings.TrimPrefix(a.path, "/"))
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return nil, err
	}
	req.Close = true
	if err := req.Write(conn); err != nil {
		return nil, fmt.Errorf("send request: %w", err)
	}
	resp, err := http.ReadResponse(bufio.NewReader(conn), req)
	if err != nil {
		return nil, fmt.Errorf("read answer: %w", err)
	}
	return resp, nil
}

func (a web) judge(resp *http.Response) error {
	if resp.StatusCode < 200 || resp.StatusCode > 299 {
		return fmt.Errorf("HTTP %s", resp.Status)
	}
	body, err := io.ReadAll(io.LimitReader(resp.Body, bodyLimit))
	if err != nil {
		return fmt.Errorf("read answer: %w", err)
	}
	if !a.expect.Match(body) {
		return fmt.Errorf("not yet: %q", excerpt(body))
	}
	return nil
}

// excerpt is the beginning of a body on one line.
func excerpt(body []byte) string {
	const most = 60 // enough to see what kind of answer it is
	runes := []rune(strings.Join(strings.Fields(string(body[:min(len(body), 4*most)])), " "))
	if len(runes) > most {
		return string(runes[:most]) + "…"
	}
	return string(runes)
}

// command succeeds when it exits 0. It should wait inside the node, so that one
// exec is enough; one that fails is run again.
type command struct {
	target    Target
	container string
	probe     ferry.Probe
}

// pauses: an exec costs 50 ms of CPU, which the service itself could use.
func (a command) pauses() retry.Pauses {
	return retry.Pauses{First: 100 * time.Millisecond, Longest: time.Second}
}

func (a command) ask(ctx context.Context, say func(string)) error {
	out := newSpoken(say)
	code, err := a.target.Exec(ctx, a.container, engine.Exec{
		Command: a.probe.Command, User: a.probe.User, Stdout: out, Stderr: out,
	})
	_ = out.Flush() // say has no errors
	switch {
	case err != nil:
		return err
	case code == 0:
		return nil
	case out.last == "":
		return fmt.Errorf("exit code %d", code)
	}
	return errors.New(out.last)
}
