package cli

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"maps"
	"os"
	"regexp"
	"slices"
	"strings"

	"github.com/ferry-project/ferry"
	"github.com/ferry-project/ferry/internal/api"
)

// hostEnv is what a command on this machine gets to know of a stack. Names of
// nodes mean nothing here, so their addresses stand for them. A secret is in a file
// of a connector: it is copied into a folder, and its variable names the copy.
func hostEnv(ctx context.Context, inside api.Inside, d api.Detail, secrets *folder) ([]string, error) {
	vars := ferry.BackendEnv(d.Plan.Exports())
	vars["FERRY_STACK"] = d.ID
	for k, v := range vars {
		vars[k] = withAddresses(v, d.Plan.Nodes)
		if !isSecretFile(&d.Plan, v) {
			continue
		}
		if !hasConnector(&d.Plan) {
			delete(vars, k)
			continue
		}
		copied, err := secrets.file(k)
		if err == nil {
			err = fetchSecret(ctx, inside, d.ID, v, copied)
		}
		if err != nil {
			return nil, err
		}
		vars[k] = copied
	}
	out := make([]string, 0, len(vars))
	for _, k := range slices.Sorted(maps.Keys(vars)) {
		out = append(out, k+"="+vars[k])
	}
	return out, nil
}

// isSecretFile reports whether path is a file with a secret that a backend hands out.
func isSecretFile(p *ferry.Plan, path string) bool {
	for _, e := range p.Exports() {
		if slices.ContainsFunc(e.Files, func(f ferry.File) bool { return f.Path == path && ferry.HoldsSecret(f.Content) }) {
			return true
		}
	}
	return false
}

func hasConnector(p *ferry.Plan) bool {
	return slices.ContainsFunc(p.Services, func(s ferry.Planned) bool { return s.Class == ferry.Connector })
}

// fetchSecret copies a file of the stack's first connector to a file of this machine
// that nobody else may read.
func fetchSecret(ctx context.Context, inside api.Inside, stack, from, to string) error {
	var text bytes.Buffer
	code, err := inside.Exec(ctx, stack, api.ExecRequest{Command: []string{"cat", from}}, api.Streams{Out: &text, Err: io.Discard})
	if err == nil && code != 0 {
		err = fmt.Errorf("cat ended with exit code %d", code)
	}
	if err != nil {
		return fmt.Errorf("read %s in a connector: %w", from, err)
	}
	if err := os.WriteFile(to, text.Bytes(), 0o600); err != nil {
		return fmt.Errorf("keep a secret of the stack for the command: %w", err)
	}
	return nil
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
