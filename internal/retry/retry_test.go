package retry_test

import (
	"context"
	"errors"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/ferry-project/ferry/internal/retry"
)

var errNo = errors.New("no")

// tries are the moments of the first n tries, in milliseconds.
func tries(t *testing.T, p retry.Pauses, n int) (at []int64) {
	t.Helper()
	begin := time.Now()
	err := p.Until(t.Context(), func() error {
		if at = append(at, time.Since(begin).Milliseconds()); len(at) < n {
			return errNo
		}
		return nil
	})
	if err != nil {
		t.Error(err)
	}
	return at
}

func TestPausesGrow(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := retry.Pauses{First: 100 * time.Millisecond, Longest: 500 * time.Millisecond}
		for range 2 { // each wait begins with the first pause
			if got := tries(t, p, 6); !slices.Equal(got, []int64{0, 100, 300, 700, 1200, 1700}) {
				t.Errorf("tried at %v", got)
			}
		}
		if got := tries(t, retry.Every(time.Second), 3); !slices.Equal(got, []int64{0, 1000, 2000}) {
			t.Errorf("tried at %v", got)
		}
	})
}

func TestStopEndsIt(t *testing.T) {
	n := 0
	err := retry.Every(time.Hour).Until(t.Context(), func() error { n++; return retry.Stop(errNo) })
	if !errors.Is(err, errNo) || n != 1 {
		t.Errorf("%d tries, %v", n, err)
	}
	if err := retry.Every(time.Hour).Until(t.Context(), func() error { return retry.Stop(nil) }); err != nil {
		t.Errorf("stopped with nothing: %v", err)
	}
}

func TestEndOfTheContextEndsIt(t *testing.T) {
	late := errors.New("it is late")
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithTimeoutCause(t.Context(), time.Minute, late)
		defer cancel()
		begin := time.Now()
		err := retry.Pauses{First: time.Second, Longest: time.Hour}.Until(ctx, func() error { return errNo })
		if !errors.Is(err, late) || time.Since(begin) != time.Minute {
			t.Errorf("after %s: %v", time.Since(begin), err)
		}
	})
}
