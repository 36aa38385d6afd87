package cli

import (
	"bytes"
	"context"
	"testing"
	"time"

	"github.com/ferry-project/ferry"
	"github.com/ferry-project/ferry/internal/api"
	"github.com/ferry-project/ferry/internal/api/apitest"
)

// The second Ctrl-C may come while the server is being told of the first.
func TestSecondCtrlCDoesNotOvertakeTheFirst(t *testing.T) {
	leave := make(chan struct{})
	ctx, interrupt := context.WithCancel(context.Background())
	defer interrupt()
	told := false
	server := &apitest.Ferry{
		StopFunc: func(context.Context, string) (ferry.Job, error) {
			return ferry.Job{ID: "jo-1", Stack: "sa-1"}, nil
		},
		InspectFunc: func(context.Context, string) (api.Detail, error) { return api.Detail{}, nil },
		FollowFunc: func(ctx context.Context, _ string, _ int64, _ func(ferry.Event) error) error {
			interrupt()
			<-ctx.Done()
			return ctx.Err()
		},
		CancelFunc: func(ctx context.Context, _ string) error {
			close(leave)
			select {
			case <-ctx.Done():
				return ctx.Err()
			case <-time.After(50 * time.Millisecond): // the way to the server
				told = true
				return nil
			}
		},
	}
	var talk bytes.Buffer
	e := &Env{
		Out: &talk, Err: &talk, Leave: leave, Now: time.Now,
		Connect: func(context.Context) (api.Ferry, error) { return server, nil },
	}
	if code := Main(ctx, e, []string{"stop", "sa-1"}); code != 130 {
		t.Errorf("exit code %d: %s", code, talk.String())
	}
	if !told {
		t.Error("the server was never told to cancel")
	}
}
