package bundle

import (
	"encoding/base64"
	"encoding/hex"
	"maps"
	"regexp"
	"slices"
	"strings"

	"github.com/ferry-project/ferry"
	"github.com/ferry-project/ferry/internal/secret"
	"github.com/ferry-project/ferry/internal/state"
)

// hider takes secrets out of lines.
type hider struct{ replace *strings.Replacer }

const hidden = "[secret]"

// shortest is a piece that is hidden: shorter ones say nothing, and stand everywhere.
const shortest = 6

// named are variables whose values are nobody's business.
var named = regexp.MustCompile(`(?i)passw|secret|token|credential|private|api_?key|access_?key`)

// newHider knows the secrets of a stack, also as programs write them: a key line by line,
// in base64 and in hex; and what its users called secret in an environment.
func newHider(r *state.Record) *hider {
	pieces := map[string]bool{}
	for _, parts := range r.Secrets {
		for part, value := range parts {
			if part != secret.Public {
				hide(pieces, value)
			}
		}
	}
	for _, p := range []*ferry.Plan{&r.Plan, r.Next} {
		if p != nil {
			hideEnvironment(pieces, p)
		}
	}
	all := slices.SortedFunc(maps.Keys(pieces), func(a, b string) int { return len(b) - len(a) }) // the whole before its parts
	var pairs []string
	for _, p := range all {
		pairs = append(pairs, p, hidden)
	}
	return &hider{strings.NewReplacer(pairs...)}
}

func hide(pieces map[string]bool, value string) {
	for line := range strings.Lines(value) {
		line = strings.TrimSpace(line)
		if len(line) < shortest || strings.HasPrefix(line, "-----") {
			continue
		}
		pieces[line] = true
	}
	whole := []byte(strings.TrimSpace(value))
	if len(whole) >= shortest {
		pieces[base64.StdEncoding.EncodeToString(whole)] = true
		pieces[hex.EncodeToString(whole)] = true
	}
}

// hideEnvironment: a value that refers to a secret, or names a file, is none itself.
func hideEnvironment(pieces map[string]bool, p *ferry.Plan) {
	look := func(env map[string]string) {
		for name, value := range env {
			if named.MatchString(name) && !strings.HasPrefix(value, "/") && !ferry.HoldsSecret(value) {
				hide(pieces, value)
			}
		}
	}
	for _, n := range p.Nodes {
		look(n.Env)
		for _, proc := range n.Processes {
			look(proc.Env)
		}
	}
	for _, s := range p.Services {
		look(s.Spec.Env)
	}
}

func (h *hider) line(s string) string { return h.replace.Replace(s) }
