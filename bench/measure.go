package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"text/tabwriter"
	"time"
)

// contender is one way to do the same thing. It returns the time that counts; what
// it prepares and clears away does not.
type contender struct {
	name string
	run  func(ctx context.Context) (time.Duration, error)
}

// samples are the times of one contender, one a round.
type samples []time.Duration

func (s samples) median() time.Duration { return time.Duration(median(s)) }

// median of the values; of an even number the mean of the two in the middle.
func median[T ~int64 | ~float64](values []T) T {
	if len(values) == 0 {
		return 0
	}
	sorted := slices.Sorted(slices.Values(values))
	half := len(sorted) / 2
	if len(sorted)%2 == 1 {
		return sorted[half]
	}
	return (sorted[half-1] + sorted[half]) / 2
}

// ratio compares two contenders round by round, so that what else the machine
// did in a round falls on both.
type ratio struct{ median, min, max float64 }

func compare(a, b samples) ratio {
	all := make([]float64, min(len(a), len(b)))
	for i := range all {
		all[i] = float64(a[i]) / float64(b[i])
	}
	return spread(all)
}

// goalRow compares a contender with a fixed goal.
func goalRow(what string, goal float64, a samples, limit time.Duration) row {
	limits := make(samples, len(a))
	for i := range limits {
		limits[i] = limit
	}
	r := newRow(what, goal, a, limits)
	r.theirs = "goal " + seconds(limit)
	return r
}

func spread(all []float64) ratio {
	if len(all) == 0 {
		return ratio{}
	}
	return ratio{median(all), slices.Min(all), slices.Max(all)}
}

// interleave runs every contender once a round. Each round begins with another
// one, so that nobody always follows the same neighbour.
func interleave(ctx context.Context, o options, contenders []contender) (map[string]samples, error) {
	all := map[string]samples{}
	for round := range o.rounds {
		for i := range contenders {
			c := contenders[(round+i)%len(contenders)]
			lull(ctx, o.lull)
			took, err := c.run(ctx)
			if err != nil {
				return all, fmt.Errorf("%s: %w", c.name, err)
			}
			all[c.name] = append(all[c.name], took)
			if o.verbose {
				say("round %d: %s %s, load %s", round+1, c.name, took.Round(time.Millisecond), load())
			}
		}
	}
	return all, nil
}

// load is the machine's, over one, five and fifteen minutes.
func load() string {
	text, err := os.ReadFile("/proc/loadavg")
	if err != nil {
		return "?"
	}
	return strings.Join(strings.Fields(string(text))[:3], " ")
}

// row is one line of the result: what was compared, and how it stands to its goal.
type row struct {
	what, ours, theirs string
	ratio              ratio
	best               float64 // ratio of the best rounds: other work only adds to a time
	goal               float64 // 0: none, the row explains another
}

func (r row) verdict() string {
	switch {
	case r.goal == 0:
		return ""
	case r.ratio.median <= r.goal:
		return "met"
	}
	return "missed"
}

func newRow(what string, goal float64, a, b samples) row {
	return row{
		what: what, ours: seconds(a.median()), theirs: seconds(b.median()),
		ratio: compare(a, b), best: float64(slices.Min(a)) / float64(slices.Min(b)), goal: goal,
	}
}

func seconds(d time.Duration) string {
	if d < time.Second {
		return fmt.Sprintf("%.1f ms", float64(d)/float64(time.Millisecond))
	}
	return fmt.Sprintf("%.2f s", d.Seconds())
}

// printTable prints the rows as a Markdown table.
func printTable(w io.Writer, rows []row) {
	if len(rows) == 0 {
		return
	}
	t := tabwriter.NewWriter(w, 0, 0, 1, ' ', 0)
	fmt.Fprintln(t, "| what\t| Ferry\t| beside\t| ratio (min–max)\t| of the best\t| goal\t|\t|")
	fmt.Fprintln(t, "| ---\t| ---\t| ---\t| ---\t| ---\t| ---\t| ---\t|")
	for _, r := range rows {
		goal := ""
		if r.goal > 0 {
			goal = fmt.Sprintf("≤ %.2f", r.goal)
		}
		fmt.Fprintf(t, "| %s\t| %s\t| %s\t| **%.2f** (%.2f–%.2f)\t| %.2f\t| %s\t| %s\t|\n",
			r.what, r.ours, r.theirs, r.ratio.median, r.ratio.min, r.ratio.max, r.best, goal, r.verdict())
	}
	_ = t.Flush()
}
