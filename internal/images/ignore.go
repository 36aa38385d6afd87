package images

import (
	"path"
	"regexp"
	"strings"
)

// ignore is a .dockerignore: of the patterns that match, the last one decides.
type ignore []pattern

type pattern struct {
	expr *regexp.Regexp
	keep bool // "!…": an exception
}

func parseIgnore(text string) ignore {
	var all ignore
	for line := range strings.Lines(text) {
		line = strings.TrimSpace(line)
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		line, keep := strings.CutPrefix(line, "!")
		line = path.Clean("/" + strings.TrimSpace(line))[1:]
		if expr, err := regexp.Compile(translate(line)); err == nil && line != "" {
			all = append(all, pattern{expr, keep})
		}
	}
	return all
}

var (
	wildcards = regexp.MustCompile(`\*\*/|\*\*|[*?\[\]]|[^*?\[\]]+`)
	meanings  = map[string]string{"**/": "(.*/)?", "**": ".*", "*": "[^/]*", "?": "[^/]", "[": "[", "]": "]"}
)

// translate makes a regular expression of a pattern, which matches a path and
// all that lies below it.
func translate(line string) string {
	var b strings.Builder
	b.WriteString("^")
	for _, part := range wildcards.FindAllString(line, -1) {
		if expr, ok := meanings[part]; ok {
			b.WriteString(expr)
		} else {
			b.WriteString(regexp.QuoteMeta(part))
		}
	}
	b.WriteString("(/.*)?$")
	return b.String()
}

// match tells whether a file is left out.
func (ig ignore) match(name string) bool {
	out := false
	for _, p := range ig {
		if p.expr.MatchString(name) {
			out = !p.keep
		}
	}
	return out
}
