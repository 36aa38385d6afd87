package cli

import (
	"context"
	"fmt"
	"os/exec"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/ferry-project/ferry"
	"github.com/ferry-project/ferry/internal/cli/browser"
)

func newOpenCommand(env *Env) *cobra.Command {
	printOnly := false
	c := &cobra.Command{
		Use:   "open STACK [PAGE]",
		Short: "Open a web page that a stack publishes in your browser",
		Long: "Open a web page that a stack publishes on this machine (\"NameNode\"; without a name its\n" +
			"first one) in your own browser, and print its address. Links from there to other nodes\n" +
			"work with ferry browse, which needs no page to be published.",
		Example:           "  ferry open lab\n  ferry open lab ResourceManager\n  curl \"$(ferry open lab --print)\"",
		Args:              words(1, 2, "a stack"),
		ValidArgsFunction: completeStacks(env, 1),
		RunE: func(c *cobra.Command, args []string) error {
			return runOpen(c.Context(), env, printOnly, args[0], strings.Join(args[1:], ""))
		},
	}
	c.Flags().BoolVar(&printOnly, "print", false, "only print the address")
	return c
}

func runOpen(ctx context.Context, env *Env, printOnly bool, ref, name string) error {
	d, err := env.inspect(ctx, ref)
	if err != nil {
		return err
	}
	link, err := published(d.Stack, name)
	if err != nil {
		return err
	}
	fmt.Fprintln(env.Out, link.URL)
	if printOnly {
		return nil
	}
	return env.open(ctx, link.URL)
}

// published returns the page of that name, or the first one, among those that are published.
func published(s ferry.Stack, name string) (ferry.WebLink, error) {
	var links []ferry.WebLink
	var names []string
	for _, service := range s.Services {
		for _, l := range service.Web {
			links, names = append(links, l), append(names, l.Name)
		}
	}
	i := slices.IndexFunc(links, func(l ferry.WebLink) bool { return name == "" || strings.EqualFold(l.Name, name) })
	if i >= 0 {
		return links[i], nil
	}
	err := ferry.Errorf(ferry.NotFound, "%s publishes no page %s", s.ID, name)
	if name == "" {
		err = ferry.Errorf(ferry.NotFound, "%s publishes no page", s.ID)
	}
	if len(names) > 0 {
		return ferry.WebLink{}, err.WithHint("it publishes %s; ferry browse %s reaches every page", strings.Join(names, ", "), s.ID)
	}
	return ferry.WebLink{}, err.WithHint("ferry browse %s reaches the pages of its nodes", s.ID)
}

// open opens a page in the user's browser: that of BROWSER, or the desktop's.
func (e *Env) open(ctx context.Context, page string) error {
	c, err := browser.Open(ctx, exec.LookPath, e.variable("BROWSER"), page)
	if err != nil {
		return err
	}
	c.Stdout, c.Stderr, c.Env = e.Err, e.Err, e.Environ
	if err := c.Run(); err != nil {
		return ferry.Errorf(ferry.Failed, "%s: %w", c.Path, err).WithHint("open %s yourself", page)
	}
	return nil
}

// variable returns a variable of the user's environment.
func (e *Env) variable(name string) string {
	for _, v := range slices.Backward(e.Environ) {
		if value, ok := strings.CutPrefix(v, name+"="); ok {
			return value
		}
	}
	return ""
}
