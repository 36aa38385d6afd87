package cli

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/ferry-project/ferry"
	"github.com/ferry-project/ferry/internal/api"
)

func TestExitCodes(t *testing.T) {
	for name, c := range map[string]struct {
		err  error
		want int
	}{
		"none":               {nil, 0},
		"failed":             {ferry.Errorf(ferry.Failed, "x"), 1},
		"unavailable":        {ferry.Errorf(ferry.Unavailable, "x"), 5},
		"internal":           {ferry.Errorf(ferry.Internal, "x"), 1},
		"unclassified":       {errors.New("x"), 1},
		"invalid":            {ferry.Errorf(ferry.Invalid, "x"), 2},
		"faults":             {ferry.Faults{{Message: "x"}}, 2},
		"not found":          {ferry.Errorf(ferry.NotFound, "x"), 3},
		"conflict":           {fmt.Errorf("stop: %w", ferry.Errorf(ferry.Conflict, "x")), 4},
		"interrupted":        {errInterrupted, 130},
		"a command's own":    {commandExit(42), 42},
		"a run's time is up": {errors.Join(timedOut{time.Minute}, ferry.Errorf(ferry.Conflict, "y")), 124},
		"first of several":   {errors.Join(ferry.Errorf(ferry.NotFound, "x"), ferry.Errorf(ferry.Conflict, "y")), 3},
		"command, then rm":   {errors.Join(commandExit(7), ferry.Errorf(ferry.Conflict, "y")), 7},
		"no command, but rm": {errors.Join(exited(0), ferry.Errorf(ferry.Conflict, "y")), 4},
	} {
		t.Run(name, func(t *testing.T) {
			if got := exitCode(c.err); got != c.want {
				t.Errorf("got %d, want %d", got, c.want)
			}
		})
	}
}

// TestEveryCodeExits: a new code must not slip through as "done" or by chance.
func TestEveryCodeIsInTheTable(t *testing.T) {
	in := map[ferry.Code]bool{}
	for _, row := range exitCodes {
		for _, c := range row.of {
			in[c] = true
		}
	}
	for _, c := range []ferry.Code{
		ferry.Invalid, ferry.NotFound, ferry.Conflict, ferry.Unavailable,
		ferry.Interrupted, ferry.Failed, ferry.Internal,
	} {
		if !in[c] {
			t.Errorf("%s has no exit code", c)
		}
	}
}

func TestADefectIsToldNotThrown(t *testing.T) {
	var talk bytes.Buffer
	env := &Env{Err: &talk, Connect: func(context.Context) (api.Ferry, error) { panic("boom") }}
	if code := Main(context.Background(), env, []string{"ps"}); code != 1 {
		t.Errorf("exit code %d", code)
	}
	for _, want := range []string{"error: boom", "  | goroutine", "this is a defect of Ferry"} {
		if !strings.Contains(talk.String(), want) {
			t.Errorf("%q is missing in:\n%s", want, talk.String())
		}
	}
}

func TestCtrlCIsNoError(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	var talk bytes.Buffer
	env := &Env{Err: &talk, Connect: func(ctx context.Context) (api.Ferry, error) {
		cancel()
		return nil, fmt.Errorf("dial: %w", ctx.Err())
	}}
	if code := Main(ctx, env, []string{"ps"}); code != 130 || talk.Len() > 0 {
		t.Errorf("exit code %d, said %q", code, talk.String())
	}
}
