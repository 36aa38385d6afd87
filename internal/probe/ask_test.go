package probe

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/ferry-project/ferry/internal/engine"
)

func hang(ctx context.Context, _ engine.Exec) (int, error) {
	<-ctx.Done()
	return -1, ctx.Err()
}

func exits(code int, out string) func(context.Context, engine.Exec) (int, error) {
	return func(_ context.Context, e engine.Exec) (int, error) {
		_, err := io.WriteString(e.Stdout, out)
		return code, err
	}
}

func TestExecThatWaitsInsideNeedsOneExec(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		to := &target{execs: []func(context.Context, engine.Exec) (int, error){
			func(ctx context.Context, e engine.Exec) (int, error) {
				if !slices.Equal(e.Command, []string{"wait-for-it"}) || e.User != "hdfs" {
					t.Errorf("ran %v as %q", e.Command, e.User)
				}
				return 0, pause(ctx, time.Minute)
			},
		}}
		if err := await(t.Context(), t, to, probe(), Options{}); err != nil {
			t.Fatal(err)
		}
		if len(to.tries) != 1 {
			t.Errorf("%d execs, want 1", len(to.tries))
		}
	})
}

func TestExecThatGivesUpIsRunAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		no := exits(1, "not yet")
		to := &target{execs: []func(context.Context, engine.Exec) (int, error){no, no, no, no, no, no, exits(0, "")}}
		start := time.Now()
		if err := await(t.Context(), t, to, probe(), Options{}); err != nil {
			t.Fatal(err)
		}
		var at []int64
		for _, try := range to.tries {
			at = append(at, try.Sub(start).Milliseconds())
		}
		if want := []int64{0, 100, 300, 700, 1500, 2500, 3500}; !slices.Equal(at, want) {
			t.Errorf("tried at %v ms, want %v", at, want)
		}
	})
}

func TestExecAnswers(t *testing.T) {
	for name, c := range map[string]struct {
		exec func(context.Context, engine.Exec) (int, error)
		want string
	}{
		"last line":    {exits(1, "first\nUN 2 of 3\n\n"), "UN 2 of 3"},
		"no newline":   {exits(1, "first\nsecond"), "second"},
		"no output":    {exits(7, ""), "exit code 7"},
		"engine fault": {func(context.Context, engine.Exec) (int, error) { return -1, errors.New("not running") }, "not running"},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				to := &target{execs: []func(context.Context, engine.Exec) (int, error){c.exec}}
				failed(t, await(t.Context(), t, to, probe(), Options{}), ErrDeadline, "answer was: "+c.want)
			})
		})
	}
}

func TestWaitingHearsTheLatestAnswerTwiceASecond(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		chatty := func(ctx context.Context, e engine.Exec) (int, error) {
			for i := range 20 {
				_, _ = fmt.Fprintf(e.Stderr, "%d of 20\n", i)
				if err := pause(ctx, 90*time.Millisecond); err != nil {
					return -1, err
				}
			}
			return 0, nil
		}
		var heard []string
		to := &target{execs: []func(context.Context, engine.Exec) (int, error){chatty}}
		o := Options{Waiting: func(answer string) { heard = append(heard, answer) }}
		if err := await(t.Context(), t, to, probe(), o); err != nil {
			t.Fatal(err)
		}
		if want := []string{"5 of 20", "11 of 20", "16 of 20"}; !slices.Equal(heard, want) {
			t.Errorf("heard %q, want %q", heard, want)
		}
	})
}

func TestCommandWithoutNewlinesDoesNotFillTheMemory(t *testing.T) {
	most := 0
	w := newSpoken(func(line string) { most = max(most, len(line)) })
	for range 1000 {
		_, _ = io.WriteString(w, strings.Repeat("x", 100))
	}
	if most < longestLine || most > longestLine+100 {
		t.Errorf("kept %d bytes, want about %d", most, longestLine)
	}
}

// pause takes time of the bubble's clock.
func pause(ctx context.Context, d time.Duration) error {
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-time.After(d):
		return nil
	}
}
