package cli

import (
	"context"
	"errors"
	"fmt"
	"net"
	"strconv"
	"strings"
	"syscall"

	"github.com/spf13/cobra"

	"github.com/ferry-project/ferry"
	"github.com/ferry-project/ferry/internal/api"
	"github.com/ferry-project/ferry/internal/proxy"
)

func newForwardCommand(env *Env) *cobra.Command {
	return &cobra.Command{
		Use:   "forward STACK NODE:PORT [LOCAL]",
		Short: "Make a port of a node one of this machine",
		Long: "Make a port of a node one of this machine, until Ctrl-C, and print its address: for\n" +
			"programs here where no address of a node can be reached (Docker Desktop, a rootless\n" +
			"engine, another machine, a private network). LOCAL is a port, or an address with a\n" +
			"port; without it the same port, or a free one where that is taken. While it runs,\n" +
			"every user of this machine can connect to the port.",
		Example:           "  ferry forward lab cassandra0:9042\n  ferry forward lab hadoop0:9870 8080",
		Args:              words(2, 3, "a stack and NODE:PORT"),
		ValidArgsFunction: completeNodes(env),
		RunE:              func(c *cobra.Command, args []string) error { return runForward(c.Context(), env, args) },
	}
}

func runForward(ctx context.Context, env *Env, args []string) error {
	node, port, err := nodePort(args[1])
	if err != nil {
		return err
	}
	client, d, err := env.reach(ctx, args[0])
	if err != nil {
		return err
	}
	n, ok := findNode(d.Plan, node)
	if !ok {
		return unknownNode(d, node)
	}
	ln, err := listenAt(ctx, strings.Join(args[2:], ""), port)
	if err != nil {
		return err
	}
	fmt.Fprintln(env.Out, ln.Addr())
	env.say("leads to port %d of %s in %s until Ctrl-C", port, n.Name, d.ID)
	return proxy.Forward(ctx, ln,
		func(ctx context.Context) (net.Conn, error) { return client.Dial(ctx, d.ID, n.Name, port) },
		func(err error) { env.say("%v", err) })
}

func unknownNode(d api.Detail, node string) error {
	names := make([]string, len(d.Plan.Nodes))
	for i, n := range d.Plan.Nodes {
		names[i] = n.Name
	}
	return ferry.Errorf(ferry.NotFound, "%s has no node or connector %q", d.ID, node).WithHint("it has %s", strings.Join(names, ", "))
}

// nodePort reads NODE:PORT.
func nodePort(word string) (node string, port int, err error) {
	node, number, ok := strings.Cut(word, ":")
	port, convErr := strconv.Atoi(number)
	if !ok || convErr != nil || port < 1 || port > 65535 {
		return "", 0, ferry.Errorf(ferry.Invalid, "%q is no port of a node", word).WithHint("write NODE:PORT, as in hadoop0:9870")
	}
	return node, port, nil
}

// loopback is where other machines cannot connect to.
const loopback = "127.0.0.1"

// listenAt listens where the user says, or else on the port that he is used to, if it is free.
func listenAt(ctx context.Context, where string, usual int) (net.Listener, error) {
	address, chosen := where, where != ""
	if _, err := strconv.Atoi(where); err == nil {
		address = net.JoinHostPort(loopback, where)
	}
	if !chosen {
		address = net.JoinHostPort(loopback, strconv.Itoa(usual))
	}
	var l net.ListenConfig
	ln, err := l.Listen(ctx, "tcp", address)
	if !chosen && (errors.Is(err, syscall.EADDRINUSE) || errors.Is(err, syscall.EACCES)) {
		ln, err = l.Listen(ctx, "tcp", net.JoinHostPort(loopback, "0"))
	}
	if err != nil {
		return nil, ferry.Errorf(ferry.Failed, "listen on %s: %w", address, err).WithHint("name another port, or 0 for any that is free")
	}
	return ln, nil
}
