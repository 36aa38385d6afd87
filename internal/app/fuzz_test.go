package app_test

import (
	"errors"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"github.com/ferry-project/ferry"
	"github.com/ferry-project/ferry/internal/app"
)

// FuzzParse holds for every text: nothing panics; every fault stands in the file;
// what is taken is taken again, equal, and the schema takes it too.
func FuzzParse(f *testing.F) {
	for _, p := range []string{"testdata/*/*.yaml", "testdata/*/*.json", "../../examples/*.*", "builtin/*"} {
		for _, file := range fuzzSeeds(f, p) {
			f.Add(file)
		}
	}
	schema := schemaOf(f, large())
	f.Fuzz(func(t *testing.T, text []byte) {
		d, err := app.Parse("app.yaml", text)
		if err != nil {
			placed(t, err, text)
			return
		}
		o := app.Options{Cards: large(), Answers: map[string]string{}}
		for _, q := range d.Questions() {
			if q.Default == "" {
				o.Answers[q.Param] = "2"
			}
		}
		a, err := d.Application(o)
		if err != nil {
			placed(t, err, text)
			return
		}
		if err := schema.Validate(d.Data()); err != nil {
			t.Errorf("the schema refuses what the decoder takes: %#v", err)
		}
		again, err := app.Parse("app.yaml", []byte(d.Text()))
		if err != nil {
			t.Fatalf("its text is refused: %v", err)
		}
		if b, err := again.Application(o); err != nil || !reflect.DeepEqual(a, b) {
			t.Errorf("not the same again: %v\n%+v\n%+v", err, a, b)
		}
		_ = d.Locate(ferry.Faults{{Path: "backend[0].storage.args.x"}, {Path: "]["}})
	})
}

func fuzzSeeds(f *testing.F, pattern string) [][]byte {
	f.Helper()
	found, err := filepath.Glob(pattern)
	if err != nil || len(found) == 0 {
		f.Fatalf("no seeds %s: %v", pattern, err)
	}
	var out [][]byte
	for _, file := range found {
		text, err := os.ReadFile(file)
		if err != nil {
			f.Fatal(err)
		}
		out = append(out, text)
	}
	return out
}

func placed(t *testing.T, err error, text []byte) {
	t.Helper()
	var faults ferry.Faults
	ok := errors.As(err, &faults)
	if !ok || len(faults) == 0 {
		t.Fatalf("%T is not ferry.Faults", err)
	}
	for _, f := range faults {
		if f.Line > strings.Count(string(text), "\n")+strings.Count(string(text), "\r")+strings.Count(string(text), "\u0085")+
			strings.Count(string(text), "\u2028")+strings.Count(string(text), "\u2029")+1 {
			t.Errorf("line %d is past the end", f.Line)
		}
		if strings.ContainsAny(f.String(), "\x1b\x00") {
			t.Errorf("control characters in %q", f.String())
		}
	}
}
