package cli

import (
	"context"
	"fmt"
	"net"
	"net/url"
	"os"
	"os/exec"
	"strings"

	"github.com/spf13/cobra"
	"golang.org/x/sync/errgroup"

	"github.com/ferry-project/ferry"
	"github.com/ferry-project/ferry/internal/api"
	"github.com/ferry-project/ferry/internal/cli/browser"
	"github.com/ferry-project/ferry/internal/proxy"
	"github.com/ferry-project/ferry/internal/spell"
)

type browseOptions struct {
	socks, print bool
	listen       string
	program      string
}

func newBrowseCommand(env *Env) *cobra.Command {
	o := &browseOptions{}
	c := &cobra.Command{
		Use:   "browse STACK [PAGE]",
		Short: "Open a stack's web pages, with all links between its nodes",
		Long: "Open a browser of its own in which the names of this stack's nodes lead to them, so\n" +
			"that every link between its web pages works, for any number of nodes, on every engine:\n" +
			"nothing is published, and no hosts file is touched. The browser has a profile that is\n" +
			"thrown away, and reaches nothing else. It begins at PAGE (\"NameNode\"), or at a list of\n" +
			"the pages. It goes through a proxy on a port of this machine, which ends with the\n" +
			"browser; until then every user of this machine can use that port.",
		Example:           "  ferry browse lab\n  ferry browse lab namenode\n  ferry browse lab --print\n  ferry browse lab --socks",
		Args:              words(1, 2, "a stack"),
		ValidArgsFunction: completeStacks(env, 1),
		RunE:              func(c *cobra.Command, args []string) error { return runBrowse(c.Context(), env, o, args) },
	}
	f := c.Flags()
	f.BoolVar(&o.print, "print", false, "start no browser; print the proxy's address, for curl -x, and wait for Ctrl-C")
	f.BoolVar(&o.socks, "socks", false, "the same with a SOCKS 5 proxy")
	f.StringVar(&o.listen, "listen", "0", "`port` of the proxy, or address with a port")
	f.StringVar(&o.program, "browser", "", "`program` to open the pages with; without it Chromium, Chrome, Edge or Firefox")
	return c
}

func runBrowse(ctx context.Context, env *Env, o *browseOptions, args []string) error {
	client, d, err := env.reach(ctx, args[0])
	if err != nil {
		return err
	}
	stack := reached(client, d)
	page, err := pageOf(stack, strings.Join(args[1:], ""))
	if err != nil {
		return err
	}
	if o.print || o.socks {
		return o.wait(ctx, env, stack)
	}
	program, err := browser.Find(exec.LookPath, o.program)
	if err != nil {
		return err
	}
	return o.browse(ctx, env, stack, program, page)
}

// reached is a stack as a proxy reaches it: by the server, wherever that is.
func reached(client api.Ferry, d api.Detail) proxy.Stack {
	title := d.ID
	if d.Name != "" {
		title = d.Name
	}
	return proxy.Stack{Title: title, Plan: d.Plan, Dial: func(ctx context.Context, node string, port int) (net.Conn, error) {
		return client.Dial(ctx, d.ID, node, port)
	}}
}

// pageOf returns the address of a page that is called so, or of the list of pages.
func pageOf(s proxy.Stack, name string) (string, error) {
	if name == "" {
		return proxy.Home, nil
	}
	var names []string
	for _, p := range s.Pages() {
		if strings.EqualFold(p.Name, name) {
			return p.URL, nil
		}
		names = append(names, p.Name)
	}
	return "", ferry.Errorf(ferry.NotFound, "%s has no page %q", s.Title, name).
		WithHint("%sit has %s", spell.Hint(name, names), strings.Join(names, ", "))
}

// wait is the proxy alone.
func (o *browseOptions) wait(ctx context.Context, env *Env, s proxy.Stack) error {
	ln, err := listenAt(ctx, o.listen, 0)
	if err != nil {
		return err
	}
	scheme, serve := "http://", s.ServeWeb
	if o.socks {
		scheme, serve = "socks5h://", s.ServeSOCKS
	}
	fmt.Fprintln(env.Out, scheme+ln.Addr().String())
	env.say("leads to the nodes of %s until Ctrl-C", s.Title)
	return serve(ctx, ln)
}

// browse ends with the browser. That Ctrl-C ended it is no failure of it.
func (o *browseOptions) browse(ctx context.Context, env *Env, s proxy.Stack, program, page string) error {
	profile, err := os.MkdirTemp("", "ferry-browse-")
	if err != nil {
		return fmt.Errorf("make a profile for the browser: %w", err)
	}
	defer os.RemoveAll(profile)
	ln, err := listenAt(ctx, o.listen, 0)
	if err != nil {
		return err
	}
	c, err := browser.Behind(ctx, program, profile, &url.URL{Scheme: "http", Host: ln.Addr().String()}, page)
	if err != nil {
		return err
	}
	c.Stdout, c.Stderr, c.Env = env.Err, env.Err, env.Environ
	serving, end := context.WithCancel(ctx)
	var g errgroup.Group
	g.Go(func() error { return s.ServeWeb(serving, ln) })
	g.Go(func() error {
		defer end()
		if err := c.Run(); err != nil && ctx.Err() == nil {
			return ferry.Errorf(ferry.Failed, "the browser %s ended: %w", program, err)
		}
		return nil
	})
	return g.Wait()
}
