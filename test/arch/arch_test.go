// Package arch holds the rules of this repository as tests: what must be true
// of every file, and that what the documents say is so.
package arch

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

const root = "../.."

// goFiles returns every Go file that people read, with its path from the root.
func goFiles(t *testing.T) map[string]*ast.File {
	t.Helper()
	files := map[string]*ast.File{}
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() && (d.Name() == ".git" || d.Name() == "testdata" || d.Name() == "bin") {
			return filepath.SkipDir
		}
		if !strings.HasSuffix(path, ".go") {
			return nil
		}
		f, err := parser.ParseFile(fset, path, nil, parser.ParseComments)
		files[strings.TrimPrefix(path, root+"/")] = f
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	if len(files) < 50 {
		t.Fatalf("found only %d files: the walk is broken", len(files))
	}
	return files
}

var fset = token.NewFileSet()

func lines(n ast.Node) int {
	return fset.Position(n.End()).Line - fset.Position(n.Pos()).Line + 1
}

// product returns the files that are part of the product: no tests, and not what
// only measures it or lints it, which are modules of their own.
func product(t *testing.T) map[string]*ast.File {
	t.Helper()
	files := goFiles(t)
	maps.DeleteFunc(files, func(path string, _ *ast.File) bool {
		first, _, _ := strings.Cut(path, "/")
		return strings.HasSuffix(path, "_test.go") || first == "bench" || first == "tools" || first == "test"
	})
	return files
}

func TestPackagesSayWhatTheyAre(t *testing.T) {
	commented, seen := map[string]bool{}, map[string]bool{}
	for path, f := range goFiles(t) {
		dir := filepath.Dir(path)
		if strings.HasSuffix(f.Name.Name, "_test") {
			continue
		}
		seen[dir] = true
		commented[dir] = commented[dir] || f.Doc != nil
	}
	for dir := range seen {
		if !commented[dir] {
			t.Errorf("package %s has no comment", dir)
		}
		switch filepath.Base(dir) {
		case "util", "utils", "common", "helpers", "base", "types", "misc":
			t.Errorf("package %s has a name that says nothing", dir)
		}
	}
}

var link = regexp.MustCompile(`\]\(([^)#]+)[^)]*\)`)

func TestLinksOfDocumentsLeadSomewhere(t *testing.T) {
	found := 0
	for _, doc := range documents(t) {
		for _, m := range link.FindAllStringSubmatch(read(t, doc), -1) {
			if strings.Contains(m[1], "://") {
				continue
			}
			found++
			if _, err := os.Stat(filepath.Join(root, filepath.Dir(doc), m[1])); err != nil {
				t.Errorf("%s links to %s, which is not there", doc, m[1])
			}
		}
	}
	if found == 0 {
		t.Error("no link found: the test looks at nothing")
	}
}

func TestReadmeIsShort(t *testing.T) {
	if n := strings.Count(read(t, "README.md"), "\n"); n > 200 {
		t.Errorf("the README has %d lines", n)
	}
}

func documents(t *testing.T) []string {
	t.Helper()
	var docs []string
	for _, pattern := range []string{"*.md", "docs/*.md", "docs/decisions/*.md", "images/*.md", "internal/personality/*/*.md"} {
		found, err := filepath.Glob(filepath.Join(root, pattern))
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range found {
			docs = append(docs, strings.TrimPrefix(f, root+"/"))
		}
	}
	return docs
}

func read(t *testing.T, path string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(root, path))
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// A module of its own is no part of ./..., so a rename would break it unseen.
func TestBenchCompiles(t *testing.T) {
	cmd := exec.Command("go", "vet", "./...")
	cmd.Dir = filepath.Join(root, "bench")
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Errorf("bench: %v\n%s", err, out)
	}
}
