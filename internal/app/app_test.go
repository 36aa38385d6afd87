package app_test

import (
	"errors"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/ferry-project/ferry"
	"github.com/ferry-project/ferry/internal/app"
	"github.com/ferry-project/ferry/internal/personality/all"
)

// One document serves several callers at once, each with options of its own.
func TestDocumentIsNeverChanged(t *testing.T) {
	text := read(t, "testdata/valid/questions.yaml")
	o := options(t, text)
	d, err := app.Parse("questions.yaml", text)
	if err != nil {
		t.Fatal(err)
	}
	want, err := d.Application(o)
	if err != nil {
		t.Fatal(err)
	}
	var group sync.WaitGroup
	for i := range 8 {
		group.Go(func() {
			other := o
			if i%2 == 0 {
				other.Set = map[string]string{"backend[0].storage.instances": "0", "connectors[0].name": "X"}
			}
			got, err := d.Application(other)
			if diff := cmp.Diff(want, got); i%2 == 1 && (err != nil || diff != "") {
				t.Errorf("changed: %v\n%s", err, diff)
			}
			if i%2 == 0 && err == nil {
				t.Error("the overrides are lost")
			}
		})
	}
	group.Wait()
	if !strings.Contains(d.Text(), "How many?") || string(text) != d.Text() {
		t.Error("the text is another")
	}
}

func TestQuestionsOfAFaultyFile(t *testing.T) {
	for text, want := range map[string]int{
		"backend: 1":                               0,
		"questions: 1\nbackend: []":                0,
		"backend: {storage: {instances: \">=2\"}}": 1,
		"connectors: [{instances: \">1\"}, {instances: \">=0\"}, 3]":              1,
		"questions: [1, {question: a}, {question: b, param: c}]\nbackend: {a: 1}": 1,
	} {
		d, err := app.Parse("x", []byte(text))
		if err != nil {
			t.Fatal(err)
		}
		if got := d.Questions(); len(got) != want {
			t.Errorf("%s: %+v", text, got)
		}
	}
}

func TestAnswersByNumberAndName(t *testing.T) {
	d, err := app.Parse("x", []byte("questions: [{question: a, param: a}]\nbackend: {storage: {personality: gluster, instances: \"{a}\"}, compute: [{personality: mpi, instances: \">=2\"}]}"))
	if err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		answers map[string]string
		want    string
	}{
		"bare":               {map[string]string{"a": "3"}, "gluster×3 mpi×2 |"},
		"in braces":          {map[string]string{"{a}": "3"}, "gluster×3 mpi×2 |"},
		"by number":          {map[string]string{"1": "3", "2": "4"}, "gluster×3 mpi×4 |"},
		"name before number": {map[string]string{"1": "3", "a": "5"}, "gluster×5 mpi×2 |"},
		"empty is none":      {map[string]string{"1": "3", "2": ""}, "gluster×3 mpi×2 |"},
	} {
		t.Run(name, func(t *testing.T) {
			a, err := d.Application(app.Options{Cards: small(), Answers: c.answers})
			if got := shape(a); err != nil || strings.TrimSpace(got) != c.want {
				t.Errorf("%s, want %s; %v", got, c.want, err)
			}
		})
	}
}

func TestLocateInAOneLiner(t *testing.T) {
	d, _, err := app.OneLiner("gluster:3+mpi:4", small(), true)
	if err != nil {
		t.Fatal(err)
	}
	var fs ferry.Faults
	errors.As(d.Locate(ferry.Faults{{Path: "backend[0].compute[0].instances", Message: "m"}}), &fs)
	if len(fs) != 1 || fs[0].Line != 1 || fs[0].Column != 15 || fs[0].Excerpt != "gluster:3+mpi:4" {
		t.Errorf("%+v", fs)
	}
}

// What is shipped fits together: examples, built-ins and the real personalities.
func TestShippedFilesWithShippedPersonalities(t *testing.T) {
	cards := all.Personalities().Cards()
	for _, file := range files(t, "../../examples/*.yaml", "../../examples/*.json", "builtin/*.yaml") {
		d, err := app.Parse(file, read(t, file))
		if err != nil {
			t.Fatal(err)
		}
		o := app.Options{Cards: cards, Answers: map[string]string{}}
		for _, q := range d.Questions() {
			if q.Default == "" {
				o.Answers[q.Param] = "2"
			}
		}
		if _, err := d.Application(o); err != nil {
			t.Errorf("%s:\n%v", file, err)
		}
	}
}
