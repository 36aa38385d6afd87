package cli

import (
	"maps"
	"regexp"
	"slices"
	"strings"

	"github.com/ferry-project/ferry"
	"github.com/ferry-project/ferry/internal/api"
)

// hostEnv is what a command on this machine gets to know of a stack. Names of
// nodes mean nothing here, so their addresses stand for them.
func hostEnv(d api.Detail) []string {
	vars := ferry.BackendEnv(d.Plan.Exports())
	vars["FERRY_STACK"] = d.ID
	out := make([]string, 0, len(vars))
	for _, k := range slices.Sorted(maps.Keys(vars)) {
		out = append(out, k+"="+withAddresses(vars[k], d.Plan.Nodes))
	}
	return out
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
