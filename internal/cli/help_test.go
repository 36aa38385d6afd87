package cli

import (
	"bytes"
	"context"
	"maps"
	"strings"
	"testing"

	"github.com/spf13/cobra"
)

// commands returns every command a user sees, by its path.
func commands(c *cobra.Command) map[string]*cobra.Command {
	all := map[string]*cobra.Command{c.CommandPath(): c}
	for _, sub := range c.Commands() {
		if sub.Hidden {
			continue
		}
		maps.Copy(all, commands(sub))
	}
	return all
}

func TestEveryCommandHelps(t *testing.T) {
	all := commands(newRoot(&Env{}, func() {}))
	if len(all) < 25 {
		t.Fatalf("only %d commands", len(all))
	}
	for path, c := range all {
		t.Run(path, func(t *testing.T) {
			var out, talk bytes.Buffer
			env := &Env{Out: &out, Err: &talk}
			args := append(strings.Fields(path)[1:], "--help")
			if code := Main(context.Background(), env, args); code != 0 {
				t.Errorf("exit code %d", code)
			}
			checkWords(t, c)
			for _, want := range []string{c.Long, "Usage:", "Examples:\n  ", exitHelp()} {
				if !strings.Contains(out.String(), want) {
					t.Errorf("the help lacks %q:\n%s", want, out.String())
				}
			}
			if talk.Len() > 0 {
				t.Errorf("help is data, yet this was said: %s", talk.String())
			}
		})
	}
}

// checkWords holds a command's texts to what all others do.
func checkWords(t *testing.T, c *cobra.Command) {
	t.Helper()
	if c.Short == "" || strings.HasSuffix(c.Short, ".") || len(c.Short) > 72 {
		t.Errorf("short description: %q", c.Short)
	}
	for line := range strings.SplitSeq(c.Long, "\n") {
		if len(line) > 90 {
			t.Errorf("line of %d letters: %q", len(line), line)
		}
	}
	if !strings.HasSuffix(strings.TrimSpace(c.Long), ".") && !strings.Contains(c.Long, "$schema") {
		t.Errorf("long description does not end: %q", c.Long)
	}
	if !strings.Contains(c.Example, "ferry ") {
		t.Errorf("example: %q", c.Example)
	}
}

// TestExamplesAreUnderstood parses every example that is one plain command line.
func TestExamplesAreUnderstood(t *testing.T) {
	root := newRoot(&Env{}, func() {})
	for path, c := range commands(root) {
		for line := range strings.SplitSeq(c.Example, "\n") {
			line = strings.TrimSpace(line)
			if !strings.HasPrefix(line, "ferry ") || strings.ContainsAny(line, "|<>$'\"…") {
				continue
			}
			args := strings.Fields(line)[1:]
			found, rest, err := newRoot(&Env{}, func() {}).Find(args)
			if err != nil {
				t.Errorf("%s: %s: %v", path, line, err)
				continue
			}
			if err := found.ParseFlags(rest); err != nil {
				t.Errorf("%s: %s: %v", path, line, err)
				continue
			}
			if err := found.ValidateArgs(found.Flags().Args()); err != nil {
				t.Errorf("%s: %s: %v", path, line, err)
			}
		}
	}
}

// TestEveryListingHasFormats: what lists has -o, what destroys has --yes.
func TestFlagsEverywhere(t *testing.T) {
	all := commands(newRoot(&Env{}, func() {}))
	for flag, paths := range map[string][]string{
		"output": {"ferry ps", "ferry inspect", "ferry apps", "ferry images ls", "ferry doctor", "ferry version", "ferry adopt", "ferry plan", "ferry events"},
		"yes":    {"ferry rm", "ferry images rm"},
		"progress": {
			"ferry start", "ferry stop", "ferry rm", "ferry run", "ferry test", "ferry images build",
		},
		"detach": {"ferry start", "ferry stop", "ferry rm", "ferry images build"},
	} {
		for _, path := range paths {
			if c := all[path]; c == nil || c.Flags().Lookup(flag) == nil {
				t.Errorf("%s has no --%s", path, flag)
			}
		}
	}
}
