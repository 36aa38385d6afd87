package cli

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

var (
	fence  = regexp.MustCompile("(?ms)^```(\\w*)$\n(.*?)^```$")
	inline = regexp.MustCompile("`((?:[A-Z_]+=\\S+ )?ferry [^`]*)`")
	// Commands stand in two columns, before a comment, one after the other, or are
	// alternatives; what a command of a node's does is its own.
	parts = regexp.MustCompile(`\s{2,}|\s#\s|\s\|\s|&&|;`)
	typed = regexp.MustCompile(`^(?:(?:sudo|bin/|[A-Z_]+=\S+|\S*"?\$\() ?)*ferry ([a-z]+.*)$`)
)

// commandsIn are the command lines of a document, without what is typed in a node.
func commandsIn(text string) (all []string) {
	var lines []string
	for _, block := range fence.FindAllStringSubmatch(text, -1) {
		if block[1] == "" || block[1] == "sh" {
			lines = append(lines, strings.Split(block[2], "\n")...)
		}
	}
	for _, m := range inline.FindAllStringSubmatch(text, -1) {
		lines = append(lines, strings.ReplaceAll(m[1], "\n", " "))
	}
	for _, l := range lines {
		for i, part := range parts.Split(l, -1) {
			if m := typed.FindStringSubmatch(strings.TrimSpace(part)); m != nil && (i == 0 || strings.Contains(l, "ferry "+m[1])) {
				all = append(all, strings.TrimRight(m[1], ").,"))
			}
		}
	}
	return all
}

// understood fails for a command line that Ferry would refuse to read. What stands for
// something, … or a word in capitals, is something.
func understood(line string) error {
	words := strings.Fields(line)
	if i := slices.Index(words, "--"); i >= 0 {
		words = words[:i]
	}
	words = slices.DeleteFunc(words, func(w string) bool { return strings.HasPrefix(w, "[") || w == "…" || w == "..." || w == "" })
	c, rest, err := newRoot(&Env{}, func() {}).Find(words)
	if err != nil {
		return err
	}
	return flagsOf(c, rest)
}

// flagsOf looks for each option that is named; its value may be left to the reader.
func flagsOf(c *cobra.Command, rest []string) error {
	for _, w := range rest {
		name, _, _ := strings.Cut(w, "=")
		switch {
		case !strings.HasPrefix(name, "-") || name == "-":
		case strings.HasPrefix(name, "--"):
			if found := c.Flag(name[2:]); found == nil && name != "--help" {
				return &pflag.NotExistError{}
			}
		default:
			if c.Flags().ShorthandLookup(name[1:2]) == nil && name != "-h" {
				return &pflag.NotExistError{}
			}
		}
	}
	return nil
}

// Whatever a document has one type is a command of Ferry's, with options that it has.
func TestCommandsInDocuments(t *testing.T) {
	root := filepath.Join("..", "..")
	seen := map[string]int{}
	for _, pattern := range []string{"*.md", "docs/*.md", "docs/decisions/*.md", "internal/personality/*/*.md"} {
		docs, err := filepath.Glob(filepath.Join(root, pattern))
		if err != nil || len(docs) == 0 {
			t.Fatalf("%s: %v", pattern, err)
		}
		for _, doc := range docs {
			b, err := os.ReadFile(doc)
			if err != nil {
				t.Fatal(err)
			}
			for _, line := range commandsIn(string(b)) {
				seen[filepath.Base(doc)]++
				if err := understood(line); err != nil {
					t.Errorf("%s: ferry %s: %v", strings.TrimPrefix(doc, root+"/"), line, err)
				}
			}
		}
	}
	if seen["README.md"] < 30 || seen["CHANGELOG.md"] < 10 {
		t.Errorf("the test overlooks commands: it found %v", seen)
	}
}

func TestCommandsThatDoNotExistAreFound(t *testing.T) {
	for _, text := range []string{"`ferry strat x`", "```sh\nbin/ferry start x --no-such   # why\n```\n", "```\nferry ps     all   ferry inspekt ID\n```\n", "`ferry ps -Z`"} {
		bad := 0
		for _, line := range commandsIn(text) {
			if understood(line) != nil {
				bad++
			}
		}
		if bad != 1 {
			t.Errorf("%q: %d wrong ones of %q", text, bad, commandsIn(text))
		}
	}
}
