package cli

import (
	"context"
	"fmt"

	"github.com/spf13/cobra"
)

func newUICommand(env *Env) *cobra.Command {
	noOpen, link := false, false
	c := &cobra.Command{
		Use:   "ui",
		Short: "Open Ferry's web page in your browser",
		Long: "Open Ferry's web page: stacks, what they are made of, what happens in them and why,\n" +
			"logs, snapshots, images, and a file to try. The server opens a port for it that other\n" +
			"machines cannot connect to, when it is asked for the first time. The page lets in who\n" +
			"follows a link that only this command makes, that works once, and for five minutes;\n" +
			"nothing switches that off.",
		Example: "  ferry ui\n  ferry ui --no-open\n  ferry ui --url",
		Args:    words(0, 0, ""),
		RunE:    func(c *cobra.Command, _ []string) error { return runUI(c.Context(), env, noOpen, link) },
	}
	c.Flags().BoolVar(&noOpen, "no-open", false, "start no browser; print the link and how long it can be followed")
	c.Flags().BoolVar(&link, "url", false, "only print the link, for another program")
	return c
}

func runUI(ctx context.Context, env *Env, noOpen, onlyLink bool) error {
	client, err := env.Connect(ctx)
	if err != nil {
		return err
	}
	link, err := client.UI(ctx)
	if err != nil {
		return err
	}
	if noOpen || onlyLink {
		fmt.Fprintln(env.Out, link.URL)
		if !onlyLink {
			env.say("it can be followed once, until %s", link.Expires.Local().Format("15:04:05"))
		}
		return nil
	}
	if err := env.open(ctx, link.URL); err != nil {
		return err
	}
	env.say("the page is open in your browser")
	return nil
}
