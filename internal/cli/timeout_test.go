package cli

import (
	"bytes"
	"context"
	"strings"
	"testing"
	"time"

	"github.com/ferry-project/ferry"
	"github.com/ferry-project/ferry/internal/api"
	"github.com/ferry-project/ferry/internal/api/apitest"
)

// slow is a server whose jobs wait for something that does not come, until they are cancelled.
func slow() *apitest.Ferry {
	cancelled := make(chan struct{})
	job := ferry.Job{ID: "jo-1", Stack: "sa-1", Kind: ferry.StartJob}
	return &apitest.Ferry{
		StartFunc: func(context.Context, api.StartRequest) (ferry.Job, error) { return job, nil },
		StopFunc:  func(context.Context, string) (ferry.Job, error) { return job, nil },
		TestFunc:  func(context.Context, string) (ferry.Job, error) { return job, nil },
		InspectFunc: func(context.Context, string) (api.Detail, error) {
			return api.Detail{Stack: ferry.Stack{ID: "sa-1", Status: ferry.Starting, Job: "jo-1"}}, nil
		},
		FollowFunc: func(ctx context.Context, _ string, _ int64, do func(ferry.Event) error) error {
			wait := ferry.Event{Kind: ferry.OpWaiting, Op: "probe hdfs@hadoop0", Do: ferry.AwaitProbe, Node: "hadoop0", Message: "in safe mode"}
			if err := do(wait); err != nil {
				return err
			}
			select {
			case <-cancelled:
				return do(ferry.Event{Kind: ferry.JobEnded, State: ferry.JobCancelled})
			case <-ctx.Done():
				return ctx.Err()
			}
		},
		CancelFunc: func(context.Context, string) error { close(cancelled); return nil },
	}
}

// What takes longer than --timeout is ended, says what it waited for, and has an exit code of
// its own. Waiting for somebody else's start ends nothing.
func TestTimeout(t *testing.T) {
	for _, verb := range []string{"start", "stop", "test", "wait"} {
		server := slow()
		if verb == "wait" {
			server.CancelFunc = func(context.Context, string) error { t.Error("the job of somebody else is cancelled"); return nil }
		}
		var talk bytes.Buffer
		e := &Env{
			Out: &talk, Err: &talk, Leave: make(chan struct{}), Now: time.Now,
			Connect: func(context.Context) (api.Ferry, error) { return server, nil },
		}
		code := Main(t.Context(), e, []string{verb, "sa-1", "--timeout", "100ms"})
		if code != 124 || !strings.Contains(talk.String(), "error: it was not done within 100ms") {
			t.Errorf("%s: exit code %d, said %s", verb, code, talk.String())
		}
		if verb != "wait" && !strings.Contains(talk.String(), "hadoop0") {
			t.Errorf("%s does not say what it waited for: %s", verb, talk.String())
		}
	}
}
