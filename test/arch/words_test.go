package arch

import (
	"fmt"
	"go/ast"
	"go/parser"
	"regexp"
	"strings"
	"testing"
)

// The words that make a reader of comments stop, and what Go's own documentation
// says instead.
var stumbles = []struct {
	word    *regexp.Regexp
	instead string
}{
	{regexp.MustCompile(`\bgives\b( up\b)?`), "returns, sets, adds"}, // to give up is something else
	{regexp.MustCompile(`\btells? (whether|if)\b`), "reports whether"},
	{regexp.MustCompile(`^\w+ is true (when|if)\b`), "reports whether"},
	{regexp.MustCompile(`\banew\b`), "again"},
	{regexp.MustCompile(`\bfor ever\b`), "forever"},
	{regexp.MustCompile(`\b(whosoever|whoso|thereof|wherefrom|hereby|therein)\b`), "plain words"},
}

// stumbling returns what a comment should say otherwise.
func stumbling(comment string) (wrong []string) {
	for _, s := range stumbles {
		for _, found := range s.word.FindAllString(comment, -1) {
			if !strings.HasSuffix(found, " up") {
				wrong = append(wrong, fmt.Sprintf("%q: write %s", found, s.instead))
			}
		}
	}
	return wrong
}

// commentsOf returns the comments of a file, each on one line. A comment that speaks
// of a declaration called by one of the words begins with its name.
func commentsOf(f *ast.File) (all []string) {
	for _, c := range f.Comments {
		text := strings.Join(strings.Fields(c.Text()), " ")
		all = append(all, strings.TrimPrefix(text, "gives "))
	}
	return all
}

func TestCommentsArePlain(t *testing.T) {
	for path, f := range goFiles(t) {
		for _, c := range commentsOf(f) {
			for _, wrong := range stumbling(c) {
				t.Errorf("%s: %s", path, wrong)
			}
		}
	}
}

func TestStumblesWouldBeNoticed(t *testing.T) {
	for comment, want := range map[string]int{
		"f gives the sum":                         1,
		"f tells whether it is so":                1,
		"f is true when it is so":                 1,
		"it is begun anew, and waits for ever":    2,
		"gives describes a thing":                 0, // a function of that name
		"f gives up after a minute":               0,
		"f returns the sum, and tells the user":   0,
		"the caller is asked\n// for\n// ever so": 1,
	} {
		f, err := parser.ParseFile(fset, "p.go", "package p\n\n// "+comment+"\nvar x int\n", parser.ParseComments)
		if err != nil {
			t.Fatal(err)
		}
		got := 0
		for _, c := range commentsOf(f) {
			got += len(stumbling(c))
		}
		if got != want {
			t.Errorf("%q: noticed %d, want %d", comment, got, want)
		}
	}
}
