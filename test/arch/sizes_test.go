package arch

import (
	"fmt"
	"go/ast"
	"go/parser"
	"maps"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"unicode/utf8"
)

// The hard limits; the soft ones are for reviewers. Tests are mostly tables of
// cases, so a test's file and its functions may be longer.
const (
	fileLines         = 250
	testFileLines     = 350
	functionLines     = 45
	testFunctionLines = 90
	lineLength        = 160 // of the product; a test's line may be as long as the message it expects
	parameters        = 6
	methods           = 6    // of an interface
	packageLines      = 1500 // of the product
	typeMethods       = 40   // of a type of the product
)

// The facets that may be wider, each with its reason.
var wide = map[string]string{
	"Ferry has too many methods":  "the whole API, made of facets",
	"Engine has too many methods": "the whole engine, made of facets",
	"Stacks has too many methods": "one method a verb of the command line",
	"Images has too many methods": "one method a call of the engine",
}

// An exception has a limit of its own, so that it does not grow without a word.
type exception struct {
	most   int
	reason string
}

// The packages that may have more lines, each with its reason.
var longPackages = map[string]exception{
	"internal/api/server":        {2260, "a route and its streams a file; the wire formats would be public in two packages"},
	"internal/app":               {2200, "many small files, one for a key of the file, that share one decoder"},
	"internal/run":               {1700, "one walk, and what each verb does in it"},
	"internal/cli":               {5300, "a flat file a command, about 90 lines each, as restic's cmd/restic"},
	"internal/engine/enginetest": {1650, "the one contract that every engine is held to"},
	"internal/engine/docker":     {2640, "a file a facet of the engine; all share one client and its errors"},
	"internal/plan":              {2850, "the planner and the changes between plans share the unexported draft"},
}

// The types that may have more methods, each with its reason.
var manyMethods = map[string]exception{
	"internal/api/apitest.Ferry":       {50, "a method for a call of the API"},
	"internal/api/client.Client":       {60, "a method for a call of the API"},
	"internal/app.decoder":             {50, "a method for a key of the file"},
	"internal/engine/docker.Engine":    {45, "a method for a call of the engine"},
	"internal/engine/enginetest.suite": {65, "a method for a test of the contract"},
	"internal/engine/fake.Engine":      {70, "every facet of the engine, and what tests make it do"},
}

func limits(f *ast.File) (file, function int) {
	path := fset.Position(f.Pos()).Filename
	if strings.HasSuffix(path, "_test.go") || strings.Contains(path, "internal/engine/enginetest/") { // a suite is tests
		return testFileLines, testFunctionLines
	}
	return fileLines, functionLines
}

// broken returns what is too large in a file.
func broken(f *ast.File) (out []string) {
	file, function := limits(f)
	if lines(f) > file {
		out = append(out, "the file is too long")
	}
	ast.Inspect(f, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.FuncDecl:
			out = append(out, brokenFunc(n, function)...)
		case *ast.TypeSpec:
			if i, ok := n.Type.(*ast.InterfaceType); ok && i.Methods.NumFields() > methods {
				out = append(out, n.Name.Name+" has too many methods")
			}
		}
		return true
	})
	return out
}

func brokenFunc(n *ast.FuncDecl, most int) (out []string) {
	if lines(n) > most {
		out = append(out, n.Name.Name+" is too long")
	}
	if n.Type.Params.NumFields() > parameters {
		out = append(out, n.Name.Name+" has too many parameters")
	}
	if n.Name.Name == "init" && n.Recv == nil {
		out = append(out, "init hides order")
	}
	return out
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
	for name, want := range map[string]int{"long.go": 5, "long_test.go": 4} { // a test may have a function of 60 lines
		long := "package p\nfunc f(a, b, c, d, e, f, g int) {\n" + strings.Repeat("_ = 1\n", 60) + "}\nfunc init() {}\n" +
			"type I interface { A(); B(); C(); D(); E(); F(); G() }\n" + strings.Repeat("var _ = 1\n", 300)
		f, err := parser.ParseFile(fset, name, long, 0)
		if err != nil {
			t.Fatal(err)
		}
		if got := broken(f); len(got) != want {
			t.Errorf("%s: noticed only %q", name, got)
		}
	}
}

// measures returns the lines of each package and the methods of each type.
func measures(files map[string]*ast.File) (packages, types map[string]int) {
	packages, types = map[string]int{}, map[string]int{}
	for path, f := range files {
		folder := filepath.Dir(path)
		packages[folder] += lines(f)
		for _, d := range f.Decls {
			if m, ok := d.(*ast.FuncDecl); ok && m.Recv != nil {
				types[folder+"."+receiver(m)]++
			}
		}
	}
	return packages, types
}

func receiver(m *ast.FuncDecl) string {
	of := m.Recv.List[0].Type
	if star, ok := of.(*ast.StarExpr); ok {
		of = star.X
	}
	switch of := of.(type) {
	case *ast.IndexExpr:
		return fmt.Sprint(of.X)
	case *ast.IndexListExpr:
		return fmt.Sprint(of.X)
	}
	return fmt.Sprint(of)
}

// over returns what is above its limit, and the exceptions nobody needs.
func over(got map[string]int, most int, except map[string]exception, of string) (wrong []string) {
	for name, n := range got {
		limit := most
		if e, ok := except[name]; ok {
			limit = e.most
		}
		if n > limit {
			wrong = append(wrong, fmt.Sprintf("%s has %d %s, more than %d: split it", name, n, of, limit))
		}
	}
	for name := range maps.Keys(except) {
		if got[name] <= most {
			wrong = append(wrong, fmt.Sprintf("%s has %d %s: it needs no exception any more", name, got[name], of))
		}
	}
	return wrong
}

func TestPackagesAndTypesAreSmall(t *testing.T) {
	packages, types := measures(product(t))
	wrong := over(packages, packageLines, longPackages, "lines")
	for _, w := range append(wrong, over(types, typeMethods, manyMethods, "methods")...) {
		t.Error(w)
	}
}

func TestLargePackagesWouldBeNoticed(t *testing.T) {
	text := "package p\ntype A struct{}\ntype B[T any] struct{}\nfunc (a *A) a() {}\nfunc (a A) b() {}\nfunc (b *B[T]) a() {}\nfunc f() {}\n"
	f, err := parser.ParseFile(fset, "p.go", text, 0)
	if err != nil {
		t.Fatal(err)
	}
	packages, types := measures(map[string]*ast.File{"x/a.go": f, "x/b.go": f})
	if packages["x"] != 14 || types["x.A"] != 4 || types["x.B"] != 2 || len(types) != 2 {
		t.Errorf("measured %v and %v", packages, types)
	}
	for name, c := range map[string]struct {
		most   int
		except map[string]exception
		wrong  int
	}{
		"within":               {4, nil, 0},
		"over":                 {3, nil, 1},
		"an exception":         {3, map[string]exception{"x.A": {5, ""}}, 0},
		"over its exception":   {2, map[string]exception{"x.A": {3, ""}}, 1},
		"an exception in vain": {4, map[string]exception{"x.A": {5, ""}}, 1},
		"an exception of none": {4, map[string]exception{"x.gone": {5, ""}}, 1},
	} {
		if got := over(types, c.most, c.except, "methods"); len(got) != c.wrong {
			t.Errorf("%s: %q", name, got)
		}
	}
}

// longLines returns the numbers of a text's lines that nobody can read at once.
func longLines(text string) (numbers []int) {
	n := 0
	for line := range strings.Lines(text) {
		n++
		if utf8.RuneCountInString(strings.TrimSuffix(line, "\n")) > lineLength {
			numbers = append(numbers, n)
		}
	}
	return numbers
}

func TestLinesAreShort(t *testing.T) {
	for path := range product(t) {
		text, err := os.ReadFile(filepath.Join(root, path))
		if err != nil {
			t.Fatal(err)
		}
		for _, n := range longLines(string(text)) {
			t.Errorf("%s:%d has more than %d characters", path, n, lineLength)
		}
	}
}

func TestLongLinesWouldBeNoticed(t *testing.T) {
	fits := strings.Repeat("ä", lineLength)
	if got := longLines("a\n" + fits + "\n" + fits + "x\nb"); len(got) != 1 || got[0] != 3 {
		t.Errorf("noticed %v", got)
	}
}
