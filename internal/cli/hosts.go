package cli

import (
	"context"
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"github.com/ferry-project/ferry"
	"github.com/ferry-project/ferry/internal/cli/show"
)

// What `ferry hosts` prints: a hosts file, or Chromium's rules.
const (
	hostLines = "hosts"
	hostRules = "rules"
)

func newHostsCommand(env *Env) *cobra.Command {
	var output *choice
	c := &cobra.Command{
		Use:   "hosts STACK",
		Short: "Print a stack's nodes as lines for /etc/hosts",
		Long: "Print a stack's nodes as lines for /etc/hosts, so that links between its web pages,\n" +
			"which name them, work on this machine. Nodes keep their addresses for as long as the\n" +
			"stack lives. The machine must reach the engine's network, as that of a Docker engine\n" +
			"on Linux does; a private network is reached by no machine. With -o rules: for\n" +
			"--host-resolver-rules of Chromium and Chrome, which needs no root and keeps stacks\n" +
			"apart that have nodes of the same name.",
		Example: "  ferry hosts lab | sudo tee -a /etc/hosts\n" +
			"  chromium --user-data-dir=\"$(mktemp -d)\" --host-resolver-rules=\"$(ferry hosts -o rules lab)\" http://hadoop0:9870",
		Args:              words(1, 1, "a stack"),
		ValidArgsFunction: completeStacks(env, 1),
		RunE:              func(c *cobra.Command, args []string) error { return runHosts(c.Context(), env, output.value, args[0]) },
	}
	output = addChoice(c, "output", "o", "how to print", hostLines, hostRules, show.JSON, show.YAML)
	return c
}

func runHosts(ctx context.Context, env *Env, format, ref string) error {
	d, err := env.inspect(ctx, ref)
	if err != nil {
		return err
	}
	if d.Plan.Network.Private {
		return ferry.Errorf(ferry.Conflict, "the network of %s is private: this machine has no route to its nodes", ref).
			WithHint("ferry ssh and ferry exec reach them")
	}
	switch format {
	case hostLines:
		return printHosts(env.Out, d.ID, d.Plan.Nodes)
	case hostRules:
		return printRules(env.Out, d.Plan.Nodes)
	}
	addresses := map[string]string{}
	for _, n := range d.Plan.Nodes {
		addresses[n.Name] = n.Address
	}
	return show.Data(env.Out, format, addresses)
}

// printHosts ends each line with the stack's id, so that they can be found again.
func printHosts(w io.Writer, id string, nodes []ferry.Node) error {
	var b strings.Builder
	for _, n := range nodes {
		fmt.Fprintf(&b, "%-15s %s # %s\n", n.Address, n.Name, id)
	}
	_, err := io.WriteString(w, b.String())
	return err
}

func printRules(w io.Writer, nodes []ferry.Node) error {
	rules := make([]string, len(nodes))
	for i, n := range nodes {
		rules[i] = "MAP " + n.Name + " " + n.Address
	}
	_, err := fmt.Fprintln(w, strings.Join(rules, ","))
	return err
}
