package cli

import (
	"context"
	"fmt"
	"io"
	"maps"
	"regexp"
	"slices"
	"strings"

	"github.com/ferry-project/ferry"
	"github.com/ferry-project/ferry/internal/api"
)

// secretMark is how every reference to a secret begins; plans hold no values.
var secretMark, _, _ = strings.Cut(ferry.SecretRef("", ""), ":")

// hostEnv is what a command on this machine gets to know of a stack. Names of
// nodes mean nothing here, so their addresses stand for them. Secrets are asked
// of a connector, which has them in its environment.
func hostEnv(ctx context.Context, inside api.Inside, d api.Detail) ([]string, error) {
	vars := ferry.BackendEnv(d.Plan.Exports())
	vars["FERRY_STACK"] = d.ID
	if err := fillSecrets(ctx, inside, d, vars); err != nil {
		return nil, err
	}
	out := make([]string, 0, len(vars))
	for _, k := range slices.Sorted(maps.Keys(vars)) {
		out = append(out, k+"="+withAddresses(vars[k], d.Plan.Nodes))
	}
	return out, nil
}

// fillSecrets puts the values of a connector in place of references; a variable
// that no connector has is left out.
func fillSecrets(ctx context.Context, inside api.Inside, d api.Detail, vars map[string]string) error {
	var have map[string]string
	for k, v := range vars {
		if !strings.Contains(v, secretMark) {
			continue
		}
		if have == nil {
			var err error
			if have, err = connectorEnv(ctx, inside, d); err != nil {
				return err
			}
		}
		vars[k] = have[k]
		if vars[k] == "" {
			delete(vars, k)
		}
	}
	return nil
}

func connectorEnv(ctx context.Context, inside api.Inside, d api.Detail) (map[string]string, error) {
	env := map[string]string{}
	isConnector := func(s ferry.Planned) bool { return s.Class == ferry.Connector }
	if !slices.ContainsFunc(d.Plan.Services, isConnector) {
		return env, nil
	}
	var out strings.Builder
	_, err := inside.Exec(ctx, d.ID, api.ExecRequest{Command: []string{"env", "-0"}}, api.Streams{Out: &out, Err: io.Discard})
	if err != nil {
		return nil, fmt.Errorf("read the environment of a connector: %w", err)
	}
	for line := range strings.SplitSeq(out.String(), "\x00") {
		k, v, _ := strings.Cut(line, "=")
		env[k] = v
	}
	return env, nil
}

var hostWord = regexp.MustCompile(`(^|//|[^A-Za-z0-9./-])([A-Za-z0-9][A-Za-z0-9.-]*)`)

// withAddresses puts every node's address in place of its name, but not where
// the name is a part of a path.
func withAddresses(value string, nodes []ferry.Node) string {
	return hostWord.ReplaceAllStringFunc(value, func(match string) string {
		name := strings.TrimLeftFunc(match, func(r rune) bool { return !isAlphanumeric(r) })
		for _, n := range nodes {
			if n.Name == name && n.Address != "" {
				return strings.TrimSuffix(match, name) + n.Address
			}
		}
		return match
	})
}

func isAlphanumeric(r rune) bool {
	return r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9'
}
