package client_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/ferry-project/ferry"
	"github.com/ferry-project/ferry/internal/api"
	"github.com/ferry-project/ferry/internal/api/apitest"
	"github.com/ferry-project/ferry/internal/api/client"
)

var faults = []ferry.Fault{
	{Path: "backend[0].storage", Message: "no such thing", Hint: "did you mean gluster?", File: "app.yaml", Line: 3, Column: 7, Excerpt: "  stör: x"},
	{Message: "empty"},
}

func TestErrorsGoRound(t *testing.T) {
	full := &ferry.Error{Code: ferry.Failed, Message: "hdfs did not start", Hint: "look", Output: "line\n\tat java\x1b[0m ü", Faults: faults}
	for _, c := range []struct {
		name string
		err  error
		want ferry.Error
	}{
		{"everything", full, *full},
		{"wrapped", fmt.Errorf("start sa-1: %w", full), ferry.Error{Code: ferry.Failed, Message: "start sa-1: hdfs did not start", Hint: "look", Output: full.Output, Faults: faults}},
		{"faults", ferry.Faults(faults), ferry.Error{Code: ferry.Invalid, Message: "2 things are wrong", Faults: faults}},
		{"faults in an error", &ferry.Error{Code: ferry.Invalid, Message: "app.yaml is wrong", Err: ferry.Faults(faults)}, ferry.Error{Code: ferry.Invalid, Message: "app.yaml is wrong", Faults: faults}},
		{"plain", errors.New("oops"), ferry.Error{Code: ferry.Internal, Message: "oops"}},
		{"cancelled there", fmt.Errorf("x: %w", context.Canceled), ferry.Error{Code: ferry.Interrupted, Message: "x: context canceled"}},
		{"too slow there", context.DeadlineExceeded, ferry.Error{Code: ferry.Failed, Message: "context deadline exceeded"}},
		{"not found", ferry.Errorf(ferry.NotFound, "no"), ferry.Error{Code: ferry.NotFound, Message: "no"}},
		{"conflict", ferry.Errorf(ferry.Conflict, "busy"), ferry.Error{Code: ferry.Conflict, Message: "busy"}},
		{"unavailable", ferry.Errorf(ferry.Unavailable, "no engine"), ferry.Error{Code: ferry.Unavailable, Message: "no engine"}},
		{"invalid", ferry.Errorf(ferry.Invalid, "no"), ferry.Error{Code: ferry.Invalid, Message: "no"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			cl := dial(t, failing(c.err))
			for method, err := range everyWay(within(t), cl) {
				if d := cmp.Diff(c.want, *asError(t, err), cmpopts.IgnoreFields(ferry.Error{}, "Err")); d != "" {
					t.Errorf("%s (-want +got):\n%s", method, d)
				}
			}
		})
	}
}

// failing fails in every way an answer can be made.
func failing(err error) *apitest.Ferry {
	return &apitest.Ferry{
		ListFunc:     func(context.Context, bool) ([]ferry.Stack, error) { return nil, err },
		StartFunc:    func(context.Context, api.StartRequest) (ferry.Job, error) { return ferry.Job{}, err },
		CancelFunc:   func(context.Context, string) error { return err },
		SchemaFunc:   func(context.Context) ([]byte, error) { return nil, err },
		FollowFunc:   func(context.Context, string, int64, func(ferry.Event) error) error { return err },
		CopyToFunc:   func(context.Context, string, string, string, io.Reader) error { return err },
		CopyFromFunc: func(context.Context, string, string, string) (io.ReadCloser, error) { return nil, err },
		LogsFunc:     func(context.Context, string, api.LogsRequest, io.Writer) error { return err },
		ExecFunc:     func(context.Context, string, api.ExecRequest, api.Streams) (int, error) { return 0, err },
		BuildConnectorFunc: func(context.Context, string, io.Reader, func(string) error) (string, error) {
			return "", err
		},
		DoctorFunc: func(_ context.Context, _ bool, progress func(string) error) ([]api.Check, error) {
			return nil, errors.Join(progress("on the way"), err)
		},
	}
}

// everyWay makes the calls that failing answers. The large tars must not get in
// the way of an early refusal.
func everyWay(ctx context.Context, f api.Ferry) map[string]error {
	big := func() io.Reader { return io.LimitReader(zeros{}, 8<<20) }
	out := map[string]error{}
	_, out["list"] = f.List(ctx, false)
	_, out["start"] = f.Start(ctx, api.StartRequest{Source: source})
	out["cancel"] = f.Cancel(ctx, "jo-1")
	_, out["schema"] = f.Schema(ctx)
	out["follow"] = f.Follow(ctx, "jo-1", 0, nil)
	out["follow all"] = f.Follow(ctx, "", 0, nil)
	out["copy to"] = f.CopyTo(ctx, "x", "", "/", big())
	_, out["copy from"] = f.CopyFrom(ctx, "x", "", "/")
	out["logs"] = f.Logs(ctx, "x", api.LogsRequest{}, io.Discard)
	_, out["exec"] = f.Exec(ctx, "x", api.ExecRequest{}, api.Streams{})
	_, out["build connector"] = f.BuildConnector(ctx, "x", big(), nil)
	_, out["doctor"] = f.Doctor(ctx, false, nil)
	return out
}

type zeros struct{}

func (zeros) Read(p []byte) (int, error) { clear(p); return len(p), nil }

func TestNobodyListens(t *testing.T) {
	path := socket(t)
	for method, err := range everyWay(within(t), open(t, client.Options{Socket: path})) {
		e := asError(t, err)
		if e.Code != ferry.Unavailable || !strings.Contains(e.Message, path) || e.Hint == "" {
			t.Errorf("no socket: %s: %+v", method, e)
		}
	}
	stop := running(t, &apitest.Ferry{}, path)
	if err := os.Rename(path, path+"x"); err != nil { // the file outlives its server
		t.Fatal(err)
	}
	stop()
	if err := os.Rename(path+"x", path); err != nil {
		t.Fatal(err)
	}
	_, err := open(t, client.Options{Socket: path}).List(within(t), false)
	if e := asError(t, err); e.Code != ferry.Unavailable || !strings.Contains(e.Message, "no server listens") {
		t.Errorf("dead socket: %+v", e)
	}
}

func TestCallerGivesUp(t *testing.T) {
	f := &apitest.Ferry{ListFunc: func(ctx context.Context, _ bool) ([]ferry.Stack, error) {
		<-ctx.Done() // the server hears of it
		return nil, ctx.Err()
	}}
	c := dial(t, f)
	ctx, cancel := context.WithCancel(within(t))
	time.AfterFunc(20*time.Millisecond, cancel)
	_, err := c.List(ctx, false)
	if e := asError(t, err); e.Code != ferry.Interrupted || !errors.Is(err, context.Canceled) {
		t.Errorf("got %+v", e)
	}
	ctx, cancel = context.WithTimeout(within(t), 20*time.Millisecond)
	defer cancel()
	_, err = c.List(ctx, false)
	if e := asError(t, err); e.Code != ferry.Unavailable || !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("got %+v", e)
	}
}

func TestAPanicIsADefectOfFerry(t *testing.T) {
	f := &apitest.Ferry{ListFunc: func(context.Context, bool) ([]ferry.Stack, error) { panic("dreadful") }}
	_, err := dial(t, f).List(within(t), false)
	if e := asError(t, err); e.Code != ferry.Internal || !strings.Contains(e.Message, "dreadful") {
		t.Errorf("got %+v", e)
	}
}

func TestNamesCannotLeaveTheirPlace(t *testing.T) {
	c := dial(t, &apitest.Ferry{})
	for _, ref := range []string{"", ".", ".."} {
		_, err := c.Inspect(within(t), ref)
		if e := asError(t, err); e.Code != ferry.NotFound {
			t.Errorf("%q: %+v", ref, e)
		}
	}
	_, err := c.Inspect(within(t), "../version")
	if e := asError(t, err); e.Code != ferry.NotFound || !strings.Contains(e.Message, "../version") {
		t.Errorf("got %+v", e)
	}
}

func TestNewChecksItsOptions(t *testing.T) {
	for _, c := range []struct {
		url string
		ok  bool
	}{
		{"https://ferry.example:7443", true},
		{"https://ferry.example/ferry/", true},
		{"http://127.0.0.1:80", true},
		{"http://localhost:80", true},
		{"http://[::1]:80", true},
		{"http://ferry.example:80", false}, // the token would be read on the way
		{"ftp://localhost", false},
		{"ferry.example:7443", false},
		{"https://x/?q=1", false},
		{"", false},
	} {
		_, err := client.New(client.Options{URL: c.url})
		if (err == nil) != c.ok || err != nil && ferry.CodeOf(err) != ferry.Invalid {
			t.Errorf("%q: %v", c.url, err)
		}
	}
}
