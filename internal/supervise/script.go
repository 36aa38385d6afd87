package supervise

import "strings"

// script is an execline script in the making.
type script struct{ b strings.Builder }

// line adds a program with its arguments, quoted.
func (s *script) line(words ...string) {
	quoted := make([]string, len(words))
	for i, w := range words {
		quoted[i] = quote(w)
	}
	s.text(strings.Join(quoted, " "))
}

// text adds a line as it is.
func (s *script) text(line string) { s.b.WriteString(line + "\n") }

// String is the file.
func (s *script) String() string { return shebang + s.b.String() }

// plain are the characters that mean nothing to execline.
const plain = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_./:,=+@%"

// quote makes exactly one argument of w. Between double quotes only the quote
// itself and the backslash are special; there are no substitutions, as the
// scripts that hold user text are run without positional parameters. A reference
// to a secret stays as it is: what replaces it must hold neither character.
func quote(w string) string {
	if w != "" && strings.Trim(w, plain) == "" {
		return w
	}
	return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(w) + `"`
}
