package cli

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"time"

	"github.com/spf13/cobra"

	"github.com/ferry-project/ferry"
	"github.com/ferry-project/ferry/internal/cli/progress"
	"github.com/ferry-project/ferry/internal/cli/show"
)

type eventsOptions struct {
	after  int64
	output *choice
}

func newEventsCommand(env *Env) *cobra.Command {
	o := &eventsOptions{}
	c := &cobra.Command{
		Use:   "events [JOB]",
		Short: "Show what happens, or what happened in a job",
		Long: "Show the events of one job until it is over, or of everything until Ctrl-C; the\n" +
			"ones that the server still knows come first. As json each event is one line.",
		Example: "  ferry events jo-77ab\n  ferry events -o json | jq .kind",
		Args:    words(0, 1, ""),
		RunE: func(c *cobra.Command, args []string) error {
			return runEvents(c.Context(), env, o, firstWord(args))
		},
	}
	c.Flags().Int64Var(&o.after, "after", 0, "only events with a higher `number` (their seq)")
	o.output = addChoice(c, "output", "o", "how to print", show.Text, show.JSON)
	return c
}

func runEvents(ctx context.Context, env *Env, o *eventsOptions, job string) error {
	client, err := env.Connect(ctx)
	if err != nil {
		return err
	}
	do := eventText(env.Out)
	if o.output.value == show.JSON {
		enc := json.NewEncoder(env.Out)
		enc.SetEscapeHTML(false)
		do = func(e ferry.Event) error { return enc.Encode(e) }
	}
	return client.Follow(ctx, job, o.after, do)
}

// eventText prints an event as a line: time, stack or job, node, words.
func eventText(w io.Writer) func(ferry.Event) error {
	return func(e ferry.Event) error {
		subject, words := progress.Sentence(e)
		if words == "" {
			return nil
		}
		about := e.Stack
		if about == "" {
			about = e.Job
		}
		if subject != "" {
			subject += " "
		}
		_, err := fmt.Fprintf(w, "%s  %s  %s%s\n", e.Time.Format(time.TimeOnly), about, subject, words)
		return err
	}
}
