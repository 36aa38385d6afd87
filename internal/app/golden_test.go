package app_test

import (
	"encoding/json"
	"errors"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/ferry-project/ferry"
	"github.com/ferry-project/ferry/internal/app"
	"github.com/ferry-project/ferry/internal/personality/all"
)

var update = flag.Bool("update", false, "write the golden files")

// options reads the options of a test file from its comments: "# set: path=value".
func options(t *testing.T, text []byte) app.Options {
	t.Helper()
	images := map[string]string{}
	o := app.Options{Cards: large(), Answers: map[string]string{}, Set: map[string]string{}}
	for line := range strings.Lines(string(text)) {
		kind, rest, ok := strings.Cut(strings.TrimPrefix(strings.TrimSpace(line), "# "), ": ")
		key, value, both := strings.Cut(rest, "=")
		if !strings.HasPrefix(line, "# ") || !ok || !both {
			continue
		}
		target, known := map[string]map[string]string{"answer": o.Answers, "set": o.Set, "image": images}[kind]
		if !known {
			t.Fatalf("no option %q", kind)
		}
		target[key] = value
	}
	o.Image = func(ref string) (string, bool) { c, ok := images[ref]; return c, ok }
	return o
}

func files(t *testing.T, patterns ...string) []string {
	t.Helper()
	var out []string
	for _, p := range patterns {
		found, err := filepath.Glob(p)
		if err != nil || len(found) == 0 {
			t.Fatalf("no files %s: %v", p, err)
		}
		out = append(out, found...)
	}
	return out
}

func read(t *testing.T, file string) []byte {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

func golden(t *testing.T, file, got string) {
	t.Helper()
	if *update {
		if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if diff := cmp.Diff(string(read(t, file)), got); diff != "" {
		t.Errorf("%s (-want +got):\n%s", file, diff)
	}
}

// decode runs a file through Parse and Application, as the server does.
func decode(file string, text []byte, o app.Options) (ferry.Application, error) {
	d, err := app.Parse(filepath.Base(file), text)
	if err != nil {
		return ferry.Application{}, err
	}
	return d.Application(o)
}

func TestValid(t *testing.T) {
	for _, file := range files(t, "testdata/valid/*.yaml", "testdata/valid/*.json") {
		if strings.HasSuffix(file, ".golden.json") {
			continue
		}
		t.Run(filepath.Base(file), func(t *testing.T) {
			text := read(t, file)
			a, err := decode(file, text, options(t, text))
			if err != nil {
				t.Fatalf("refused:\n%v", err)
			}
			got, err := json.MarshalIndent(a, "", "  ")
			if err != nil {
				t.Fatal(err)
			}
			golden(t, file+".golden.json", string(got)+"\n")
		})
	}
}

func TestInvalid(t *testing.T) {
	for _, file := range files(t, "testdata/invalid/*.yaml", "testdata/invalid/*.json") {
		t.Run(filepath.Base(file), func(t *testing.T) {
			text := read(t, file)
			a, err := decode(file, text, options(t, text))
			if err == nil {
				t.Fatalf("taken: %+v", a)
			}
			var faults ferry.Faults
			ok := errors.As(err, &faults)
			if !ok {
				t.Fatalf("the error is a %T, not ferry.Faults", err)
			}
			for _, f := range faults {
				if f.File == "" || strings.HasSuffix(f.Message, ".") {
					t.Errorf("without a file, or with a full stop: %+v", f)
				}
			}
			golden(t, file+".golden", err.Error()+"\n")
		})
	}
}

// The files of the original whose personalities are still to come have no other fault.
func TestOriginal(t *testing.T) {
	for _, file := range files(t, "testdata/original/*") {
		t.Run(filepath.Base(file), func(t *testing.T) {
			o := app.Options{Cards: small(), Answers: map[string]string{}}
			d, err := app.Parse(file, read(t, file))
			if err != nil {
				t.Fatal(err)
			}
			for _, q := range d.Questions() {
				o.Answers[q.Param] = "2"
			}
			_, err = d.Application(o)
			var faults ferry.Faults
			errors.As(err, &faults)
			if len(faults) == 0 {
				t.Fatal("no fault")
			}
			for _, f := range faults {
				if !strings.HasSuffix(f.Message, "is not available in this version of Ferry") || f.Line == 0 {
					t.Errorf("another fault: %v", f)
				}
			}
		})
	}
}

func TestExamples(t *testing.T) {
	for _, file := range files(t, "../../examples/*.yaml", "../../examples/*.json") {
		t.Run(filepath.Base(file), func(t *testing.T) {
			d, err := app.Parse(file, read(t, file))
			if err != nil {
				t.Fatal(err)
			}
			answers := map[string]string{}
			for _, q := range d.Questions() {
				if q.Default == "" {
					answers[q.Param] = "2"
				}
			}
			a, err := d.Application(app.Options{Cards: all.Personalities().Cards(), Answers: answers})
			if err != nil {
				t.Fatalf("refused:\n%v", err)
			}
			if len(a.Backends) == 0 || len(a.Connectors) == 0 {
				t.Errorf("lost a part of it: %+v", a)
			}
		})
	}
}
