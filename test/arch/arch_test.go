// Package arch holds the rules of this repository as tests: what must be true
// of every file, and that what the documents say is so.
package arch

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

const root = "../.."

// The hard limits; the soft ones are for reviewers.
const (
	fileLines     = 500
	functionLines = 80
	parameters    = 6
	methods       = 6
)

// goFiles gives every Go file that people read, with its path from the root.
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

// table: tests are allowed a longer function, most of which is a table of cases.
func table(f *ast.FuncDecl) bool {
	return strings.HasSuffix(fset.Position(f.Pos()).Filename, "_test.go") && lines(f) <= 2*functionLines
}

// broken gives what is too large in a file.
func broken(f *ast.File) []string {
	var out []string
	if lines(f) > fileLines {
		out = append(out, "the file is too long")
	}
	ast.Inspect(f, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.FuncDecl:
			if lines(n) > functionLines && !table(n) {
				out = append(out, n.Name.Name+" is too long")
			}
			if n.Type.Params.NumFields() > parameters {
				out = append(out, n.Name.Name+" has too many parameters")
			}
			if n.Name.Name == "init" && n.Recv == nil {
				out = append(out, "init hides order")
			}
		case *ast.TypeSpec:
			if i, ok := n.Type.(*ast.InterfaceType); ok && i.Methods.NumFields() > methods {
				out = append(out, n.Name.Name+" has too many methods")
			}
		}
		return true
	})
	return out
}

// The facets that may be wider, each with its reason.
var wide = map[string]string{
	"Ferry has too many methods":  "the whole API, made of facets",
	"Engine has too many methods": "the whole engine, made of facets",
	"Stacks has too many methods": "one method a verb of the command line",
	"Images has too many methods": "one method a call of the engine",
}

func TestSizes(t *testing.T) {
	for path, f := range goFiles(t) {
		for _, b := range broken(f) {
			if wide[b] == "" {
				t.Errorf("%s: %s", path, b)
			}
		}
	}
}

func TestSizesWouldBeNoticed(t *testing.T) {
	long := "package p\nfunc f(a, b, c, d, e, f, g int) {\n" + strings.Repeat("_ = 1\n", 600) + "}\nfunc init() {}\n" +
		"type I interface { A(); B(); C(); D(); E(); F(); G() }\n"
	f, err := parser.ParseFile(fset, "long.go", long, 0)
	if err != nil {
		t.Fatal(err)
	}
	if got := broken(f); len(got) != 5 {
		t.Errorf("noticed only %q", got)
	}
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
