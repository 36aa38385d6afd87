package stack

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/ferry-project/ferry"
	"github.com/ferry-project/ferry/internal/api"
	"github.com/ferry-project/ferry/internal/personality"
	"github.com/ferry-project/ferry/internal/personality/all"
)

// fileWith is an application with one service of every kind that c needs, and one
// key with its value, the last line, at the service of c or of what c lies on.
func fileWith(t *testing.T, c personality.Card, key string) string {
	t.Helper()
	service := func(name string) string {
		s := "personality: " + name + "\n      instances: 3\n"
		if name == "mpi" || name == "yarn" {
			s = "personality: " + name + "\n        instances: 2\n"
		}
		return s
	}
	top := "backend:\n  - storage:\n      "
	switch c.Class {
	case ferry.Storage:
		return top + service(c.Name) + "      " + key
	case ferry.Layer:
		text := top + service(c.On[0]) + "      layers: [" + c.Name + "]\n"
		if c.Args["db"] != "" && !strings.HasPrefix(key, "args: {db:") {
			if rest, args := strings.CutPrefix(key, "args: {"); args {
				return text + "      args: {db: users, " + rest
			}
			text += "      args: {db: users}\n"
		}
		return text + "      " + key
	case ferry.Compute:
		return top + service(c.On[0]) + "    compute:\n      - " + service(c.Name) + "        " + key
	}
	storage := c.On[slices.IndexFunc(c.On, func(name string) bool { return name != "mpi" && name != "yarn" })]
	return top + service(storage) + "connectors:\n  - personality: " + c.Name + "\n    " + key
}

// planned returns the faults of a file with that key.
func (s *server) planned(t *testing.T, c personality.Card, key string) ferry.Faults {
	t.Helper()
	_, err := s.Plan(t.Context(), api.Source{Target: "a.yaml", Text: []byte(fileWith(t, c, key))})
	if err == nil {
		return nil
	}
	faults, ok := errors.AsType[ferry.Faults](err)
	if e, is := errors.AsType[*ferry.Error](err); is {
		faults, ok = e.Faults, true
	}
	if !ok {
		t.Fatalf("%s, %s: %v", c.Name, key, err)
	}
	return faults
}

// Whatever key of whatever personality: no word of a user's ends the line that it
// is written on, or stands for something else than itself.
func TestNoWordEndsItsLine(t *testing.T) {
	s := newWorld(t).boot()
	for _, p := range all.Personalities() {
		c := p.Card()
		for _, a := range slices.Sorted(maps.Keys(c.Args)) {
			s.mustRefuse(t, c, "args", a, `1\nbtl: x`, `1\r2`, `1\0`, `1\x1b[2J`, `1\N2`, `1\L2`, `${ferry-secret:a.b}`)
		}
		for _, group := range slices.Sorted(maps.Keys(c.Config)) {
			bad := []string{`1\0`, `1\x1b`, `1\x08`, `1${ferry-secret:a`}
			if !c.XML {
				bad = append(bad, `1\n`, `\n1`, `1\r`, `1\nbtl = x`, `1\f`, `1\v2`, `1\N2`, `1\L2`, `1\P2`)
			}
			s.mustRefuse(t, c, "config: {"+group, "some_key", bad...)
			for _, key := range []string{`a\nb`, `a b`, `a\0`, `${ferry-secret:a.b}`} {
				s.mustRefuse(t, c, "config: {"+group, key, "1")
			}
			if c.XML {
				continue
			}
			for _, key := range []string{"a=b", "a:b", "#a", "!a", `a\\`, `\"a`, "'a", "`a"} {
				s.mustRefuse(t, c, "config: {"+group, key, "1")
			}
		}
		if c.Class != ferry.Layer {
			s.mustRefuse(t, c, "env", "WORD", `1\0`, `${ferry-secret:a.b}`)
		}
	}
}

// mustRefuse demands one fault, in the key's own line and told by its name.
func (s *server) mustRefuse(t *testing.T, c personality.Card, section, key string, values ...string) {
	t.Helper()
	for _, v := range values {
		text := fmt.Sprintf(`%s: {"%s": "%s"}`, section, key, v) + strings.Repeat("}", strings.Count(section, "{"))
		faults := s.planned(t, c, text)
		if len(faults) == 0 {
			t.Errorf("%s takes %s", c.Name, text)
		}
		last := 1 + strings.Count(fileWith(t, c, text), "\n")
		for _, f := range faults {
			if f.Line != last || f.Column < 5 || strings.ContainsAny(f.Message+f.Path+f.Excerpt, "\n\r\x00\x1b") {
				t.Errorf("%s, %s: %s", c.Name, text, f)
			}
		}
	}
}

// What the formats can hold is taken as it is.
func TestWordsThatAreTaken(t *testing.T) {
	s := newWorld(t).boot()
	for _, p := range all.Personalities() {
		c := p.Card()
		keys := []string{`env: {A: "two\nlines", B: "\e[1m $ ' \" \\", C: ""}`}
		if c.Class == ferry.Layer {
			keys = nil
		}
		for group := range c.Config {
			key := fmt.Sprintf(`config: {%s: {some_key: "a b\tc, 'd' = # \\x é"}}`, group)
			if c.XML {
				key = fmt.Sprintf(`config: {%s: {some.key: "a\n  b\r\n <&> \" \\"}}`, group)
			} else if group == "cassandra" {
				key = `config: {cassandra: {some_key: "{a: [b, 'c']}", other: ""}}`
			}
			keys = append(keys, key)
		}
		for _, key := range keys {
			if faults := s.planned(t, c, key); len(faults) > 0 {
				t.Errorf("%s, %s: %v", c.Name, key, faults)
			}
		}
	}
}
