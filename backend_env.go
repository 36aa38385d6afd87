package ferry

import (
	"maps"
	"slices"
	"strconv"
	"strings"
)

// BackendEnv returns the BACKEND_ variables of a stack, as connectors have them.
// The first storage and the first compute have BACKEND_STORAGE_<KEY> and
// BACKEND_COMPUTE_<KEY>, every further one BACKEND_STORAGE_2_<KEY> and so on, so
// that no backend hides another. A layer adds _LAYER before the key. A value that is
// a secret is in none: its file is named by another value.
func BackendEnv(exports []Export) map[string]string {
	env := map[string]string{}
	count := map[Class]int{}
	for _, e := range exports {
		count[e.Class]++
		prefix := "BACKEND_" + strings.ToUpper(string(e.Class))
		if n := count[e.Class]; n > 1 {
			prefix += "_" + strconv.Itoa(n)
		}
		putValues(env, prefix, e.Values)
		for _, l := range e.Layers {
			putValues(env, prefix+"_LAYER", l.Values)
		}
	}
	return env
}

// putValues keeps what is there already: the first layer wins.
func putValues(env map[string]string, prefix string, values map[string]string) {
	for _, k := range slices.Sorted(maps.Keys(values)) {
		name := prefix + "_" + strings.ToUpper(k)
		if _, taken := env[name]; !taken && !HoldsSecret(values[k]) {
			env[name] = values[k]
		}
	}
}

// Exports returns what the storages and computes of a plan export, in file order.
func (p *Plan) Exports() []Export {
	var out []Export
	for _, s := range p.Services {
		if s.Class == Storage || s.Class == Compute {
			out = append(out, s.Export)
		}
	}
	return out
}
