package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/spf13/cobra"

	"github.com/ferry-project/ferry"
	"github.com/ferry-project/ferry/internal/api"
	"github.com/ferry-project/ferry/internal/cli/show"
)

// The forms in which `ferry env` prints variables.
const (
	forShell  = "shell"
	forDotenv = "dotenv"
	forGitHub = "github"
)

func newEnvCommand(env *Env) *cobra.Command {
	var output *choice
	unset := false
	c := &cobra.Command{
		Use:   "env STACK",
		Short: "Print where a stack's services are, as variables for a shell",
		Long: "Print the BACKEND_… variables of a stack, as connectors have them and as ferry run sets\n" +
			"them, with addresses that this machine can reach: the nodes' own or, where those cannot\n" +
			"be reached, the ports that are published. Secrets are copied to files that only you may\n" +
			"read, and the variables name them.",
		Example: "  eval \"$(ferry env lab)\"\n  eval \"$(ferry env lab --unset)\"\n" +
			"  ferry env lab -o dotenv\n  ferry env lab -o github",
		Args:              words(1, 1, "a stack"),
		ValidArgsFunction: completeStacks(env, 1),
		RunE: func(c *cobra.Command, args []string) error {
			return runEnv(c.Context(), env, output.value, unset, args[0])
		},
	}
	output = addChoice(c, "output", "o", "for whom: a shell, a file .env, a program, or the file $GITHUB_ENV", forShell, forDotenv, show.JSON, forGitHub)
	c.Flags().BoolVar(&unset, "unset", false, "print what takes the variables out of a shell again")
	return c
}

func runEnv(ctx context.Context, env *Env, format string, unset bool, ref string) error {
	client, d, err := env.reach(ctx, ref)
	if err != nil {
		return err
	}
	if unset {
		return printUnset(env.Out, d)
	}
	if err := reachable(ctx, &d); err != nil {
		return err
	}
	dir, err := secretsOf(d.ID)
	if err != nil {
		return err
	}
	vars, err := hostEnv(ctx, client, d, &folder{path: dir})
	if err != nil {
		return err
	}
	return printVars(env.Out, format, vars)
}

// secretsOf is the folder for the secrets of a stack, which outlives this command.
func secretsOf(stack string) (string, error) {
	cache, err := os.UserCacheDir()
	if err != nil {
		return "", ferry.Errorf(ferry.Failed, "find a folder for the stack's secrets: %w", err)
	}
	dir := filepath.Join(cache, "ferry", stack)
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return "", ferry.Errorf(ferry.Failed, "make a folder for the stack's secrets: %w", err)
	}
	return dir, nil
}

// routeTime is how long the address of a node may keep silent before there is no way to it.
const routeTime = time.Second

// reachable makes the plan one whose exports name addresses that this machine can reach.
func reachable(ctx context.Context, d *api.Detail) error {
	if !d.Plan.Network.Private && routed(ctx, d.Plan.Nodes) {
		return nil
	}
	lost := ""
	for i := range d.Plan.Services {
		values := d.Plan.Services[i].Export.Values
		for k, v := range values {
			if lost == "" && values[k] == v {
				values[k], lost = byPublished(v, d.Plan.Nodes)
			}
		}
	}
	if lost != "" {
		return ferry.Errorf(ferry.Conflict, "this machine has no way to the nodes of %s, and %s is not published", d.ID, lost).
			WithHint("add it to a connector's ports, or reach it by ferry forward %s %s", d.ID, lost)
	}
	return nil
}

// routed reports whether some node's address is answered for, be it with a refusal.
func routed(ctx context.Context, nodes []ferry.Node) bool {
	for _, n := range nodes {
		if n.Address == "" {
			continue
		}
		d := net.Dialer{Timeout: routeTime}
		conn, err := d.DialContext(ctx, "tcp", net.JoinHostPort(n.Address, "1"))
		if err == nil {
			_ = conn.Close()
		}
		return err == nil || errors.Is(err, syscall.ECONNREFUSED)
	}
	return false
}

// byPublished puts the published address in place of every NODE:PORT; lost is one that is
// not published.
func byPublished(value string, nodes []ferry.Node) (out, lost string) {
	for _, n := range nodes {
		before, after, found := strings.Cut(value, n.Name+":")
		if !found || before != "" && isAlphanumeric(rune(before[len(before)-1])) {
			continue
		}
		digits := len(after) - len(strings.TrimLeft(after, "0123456789"))
		port, _ := strconv.Atoi(after[:digits])
		i := slices.IndexFunc(n.Ports, func(p ferry.Port) bool { return p.Container == port && p.Host > 0 })
		if i < 0 {
			return value, n.Name + ":" + after[:digits]
		}
		value = before + n.Ports[i].Reach() + after[digits:]
	}
	return value, ""
}

func printUnset(w io.Writer, d api.Detail) error {
	names := []string{"FERRY_STACK"}
	for name := range ferry.BackendEnv(d.Plan.Exports()) {
		names = append(names, name)
	}
	slices.Sort(names)
	_, err := fmt.Fprintln(w, "unset "+strings.Join(names, " "))
	return err
}

// printVars prints "NAME=value" words in the form that is asked for. A value is quoted
// where somebody would read more into it than its letters.
func printVars(w io.Writer, format string, vars []string) error {
	if format == show.JSON {
		all := map[string]string{}
		for _, v := range vars {
			name, value, _ := strings.Cut(v, "=")
			all[name] = value
		}
		return show.Data(w, show.JSON, all)
	}
	for _, v := range vars {
		name, value, _ := strings.Cut(v, "=")
		line := name + "=" + value
		switch format {
		case forShell:
			line = "export " + name + "='" + strings.ReplaceAll(value, "'", `'\''`) + "'"
		case forDotenv:
			line = name + `="` + strings.NewReplacer(`\`, `\\`, `"`, `\"`, "$", `\$`).Replace(value) + `"`
		}
		if _, err := fmt.Fprintln(w, line); err != nil {
			return err
		}
	}
	return nil
}
