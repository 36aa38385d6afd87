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
	vars := backendEnv(d.Plan.Services)
	vars["FERRY_STACK"] = d.ID
	out := make([]string, 0, len(vars))
	for _, k := range slices.Sorted(maps.Keys(vars)) {
		out = append(out, k+"="+withAddresses(vars[k], d.Plan.Nodes))
	}
	return out
}

// backendEnv names what the backends export as connectors see it. Of several
// backends with the same key the first one counts.
func backendEnv(services []ferry.Planned) map[string]string {
	vars := map[string]string{}
	for _, s := range services {
		switch s.Class {
		case ferry.Storage:
			addExport(vars, "BACKEND_STORAGE_", s.Export)
		case ferry.Compute:
			addExport(vars, "BACKEND_COMPUTE_", s.Export)
		}
	}
	return vars
}

func addExport(vars map[string]string, prefix string, x ferry.Export) {
	for key, value := range x.Values {
		name := prefix + strings.ToUpper(key)
		if _, taken := vars[name]; !taken {
			vars[name] = value
		}
	}
	for _, layer := range x.Layers {
		addExport(vars, prefix+"LAYER_", layer)
	}
}

var hostWord = regexp.MustCompile(`[A-Za-z0-9][A-Za-z0-9.-]*`)

// withAddresses puts every node's address in place of its name.
func withAddresses(value string, nodes []ferry.Node) string {
	return hostWord.ReplaceAllStringFunc(value, func(word string) string {
		for _, n := range nodes {
			if n.Name == word && n.Address != "" {
				return n.Address
			}
		}
		return word
	})
}
