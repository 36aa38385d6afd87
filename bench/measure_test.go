package main

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"
)

func TestMedian(t *testing.T) {
	for name, c := range map[string]struct {
		in   samples
		want time.Duration
	}{
		"none": {nil, 0},
		"one":  {samples{7}, 7},
		"odd":  {samples{9, 1, 5}, 5},
		"even": {samples{9, 1, 5, 3}, 4},
	} {
		t.Run(name, func(t *testing.T) {
			if got := c.in.median(); got != c.want {
				t.Errorf("got %d, want %d", got, c.want)
			}
		})
	}
}

func TestCompareGoesRoundByRound(t *testing.T) {
	// The second round was slow for both; medians alone would say 1.
	got := compare(samples{10, 100, 10}, samples{20, 200, 5})
	if want := (ratio{0.5, 0.5, 2}); got != want {
		t.Errorf("got %v, want %v", got, want)
	}
}

func TestInterleaveBeginsEachRoundWithAnother(t *testing.T) {
	var order []string
	one := func(name string) contender {
		return contender{name, func(context.Context) (time.Duration, error) {
			order = append(order, name)
			return 1, nil
		}}
	}
	all, err := interleave(t.Context(), options{rounds: 3}, []contender{one("a"), one("b"), one("c")})
	if err != nil {
		t.Fatal(err)
	}
	if got := strings.Join(order, ""); got != "abcbcacab" {
		t.Errorf("order is %s", got)
	}
	if len(all["b"]) != 3 {
		t.Errorf("b has %d samples", len(all["b"]))
	}
}

func TestInterleaveNamesWhoFailed(t *testing.T) {
	bad := contender{"bad", func(context.Context) (time.Duration, error) { return 0, errors.New("broken") }}
	_, err := interleave(t.Context(), options{rounds: 2}, []contender{bad})
	if err == nil || err.Error() != "bad: broken" {
		t.Errorf("got %v", err)
	}
}

func TestTableSaysWhatWasMissed(t *testing.T) {
	var out strings.Builder
	printTable(&out, []row{
		newRow("start", 0.5, samples{4 * time.Second}, samples{10 * time.Second}),
		goalRow("ps", 1, samples{60 * time.Millisecond}, 50*time.Millisecond),
	})
	for _, want := range []string{"**0.40** (0.40–0.40)", "≤ 0.50", "met", "60.0 ms", "**1.20**", "missed"} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("no %q in\n%s", want, out.String())
		}
	}
}
