package ignore

import (
	"errors"
	"io/fs"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/ferry-project/ferry"
)

func TestMatch(t *testing.T) {
	cases := []struct {
		text, name string
		out        bool
	}{
		{"data", "data", true},
		{"data", "data/x/y", true},
		{"data", "database", false},
		{"data", "a/data", false},
		{"/data/", "data/x", true},
		{"*.log", "a.log", true},
		{"*.log", "d/a.log", false},
		{"**/*.log", "a.log", true},
		{"**/*.log", "d/e/a.log", true},
		{"a/**", "a/b/c", true},
		{"a?c", "abc", true},
		{"a?c", "a/c", false},
		{"[ab]c", "bc", true},
		{"[ab]c", "cc", false},
		{`\[a`, "[a", true},
		{"# data", "data", false},
		{"*\n!a", "a", false},
		{"*\n!a", "b", true},
		{"!a\n*", "a", true},
		{"data\n! data/keep", "data/keep", false},
		{"", "a", false},
		{"\ufeffa\r\nb\r\n", "a", true},
		{"\ufeffa\r\nb\r\n", "b", true},
		{"a.c", "abc", false},
		{"ü*", "über", true},
	}
	for _, c := range cases {
		l, err := Parse(File, c.text)
		if err != nil {
			t.Errorf("%q: %v", c.text, err)
			continue
		}
		if got, err := l.Match(c.name); got != c.out || err != nil {
			t.Errorf("%q leaves out %q: %v, %v", c.text, c.name, got, err)
		}
	}
	if out, err := (List{}).Skip("a", true); out || err != nil {
		t.Errorf("no list leaves out: %v, %v", out, err)
	}
}

func TestFaultsHaveTheirLine(t *testing.T) {
	_, err := Parse("solver/.dockerignore", "data\n  [a\n# [\n!\n*.log\n[b-a]\nx[")
	var faults ferry.Faults
	if !errors.As(err, &faults) {
		t.Fatalf("got %v", err)
	}
	var got []string
	for _, f := range faults {
		f.Hint, f.Excerpt = "", ""
		got = append(got, f.String())
	}
	want := []string{
		`solver/.dockerignore:2:3: "[a" is no pattern`, `solver/.dockerignore:4:1: "!" is no pattern`,
		`solver/.dockerignore:6:1: "[b-a]" is no pattern`, `solver/.dockerignore:7:1: "x[" is no pattern`,
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestSkipGoesNotWhereNothingIsKept(t *testing.T) {
	for text, want := range map[string]error{"data": fs.SkipDir, "data\n!data/keep": nil, "*\n!**/keep": nil, "other": nil} {
		l, err := Parse(File, text)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := l.Skip("data", true); !errors.Is(err, want) {
			t.Errorf("%q: %v", text, err)
		}
		if _, err := l.Skip("data", false); err != nil {
			t.Errorf("%q, a file: %v", text, err)
		}
	}
}
