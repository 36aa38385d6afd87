package app

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/ferry-project/ferry"
	"github.com/ferry-project/ferry/internal/app/tree"
)

// collect sorts the answers by parameter. Numbers count as Questions does; a
// parameter by name has precedence.
func (d *decoder) collect(answers map[string]string, questions []ferry.Question) {
	d.answers = map[string]string{}
	asked := d.doc.Questions() // an override may have changed what is asked
	known := map[string]bool{}
	for _, q := range slices.Concat(asked, questions) {
		known[q.Param] = true
	}
	for _, key := range slices.Sorted(maps.Keys(answers)) {
		if n, err := strconv.Atoi(key); err == nil && n >= 1 && n <= len(asked) {
			d.answers[asked[n-1].Param] = answers[key]
		}
	}
	for _, key := range slices.Sorted(maps.Keys(answers)) {
		n, err := strconv.Atoi(key)
		switch {
		case known[key]:
			d.answers[key] = answers[key]
		case known["{"+key+"}"]:
			d.answers["{"+key+"}"] = answers[key]
		case err != nil || n < 1 || n > len(asked):
			d.strayAnswer(key, questions)
		}
	}
}

func (d *decoder) strayAnswer(key string, questions []ferry.Question) {
	hint := "it asks no questions"
	if len(questions) > 0 {
		names := make([]string, len(questions))
		for i, q := range questions {
			names[i] = answerName(q.Param)
		}
		hint = "it asks for " + strings.Join(names, ", ")
	}
	d.faults = append(d.faults, ferry.Fault{
		File: "--answer", Message: fmt.Sprintf("the application has no question %q", key), Hint: hint,
	})
}

// fill returns the tree with every placeholder replaced by its answer.
func (d *decoder) fill(root tree.Place, questions []ferry.Question) *tree.Value {
	byParam := map[string]ferry.Question{}
	for _, q := range questions {
		byParam[q.Param] = q
	}
	c := *root.Value
	c.Pairs = slices.Clone(c.Pairs)
	f := filler{d: d, questions: byParam, told: map[string]bool{}}
	for i, e := range root.Entries() {
		if key := c.Pairs[i].Key; key != "questions" && key != "params" {
			c.Pairs[i].Value = f.fill(e)
		}
	}
	return &c
}

type filler struct {
	d         *decoder
	questions map[string]ferry.Question
	told      map[string]bool // questions of which a fault has been reported
}

func (f *filler) fill(p tree.Place) *tree.Value {
	if p.Kind == tree.Scalar {
		if q, ok := f.questions[p.Text]; ok {
			return f.answer(p, q)
		}
		return p.Value
	}
	c := *p.Value
	c.Items, c.Pairs = nil, slices.Clone(p.Pairs)
	for _, item := range p.Each() {
		c.Items = append(c.Items, f.fill(item))
	}
	for i, e := range p.Entries() {
		c.Pairs[i].Value = f.fill(e)
	}
	return &c
}

// answer replaces one placeholder. What is wrong with the answer is reported once,
// where the placeholder first stands.
func (f *filler) answer(p tree.Place, q ferry.Question) *tree.Value {
	c := *p.Value
	text := f.d.answers[q.Param]
	if text == "" {
		text = q.Default
	}
	if wrong := unfit(q, text); wrong != "" {
		if !f.told[q.Param] {
			f.d.report(p, wrong, answerHint(q))
		}
		f.told[q.Param] = true
		c.Kind = tree.Open
		return &c
	}
	c.Text, c.Tag, c.Param = text, "!!str", q.Param
	return &c
}

// unfit says what is wrong with an answer, or nothing.
func unfit(q ferry.Question, text string) string {
	switch {
	case text == "":
		return fmt.Sprintf("the question %q has no answer", q.Question)
	case q.Minimum == nil || reaches(text, *q.Minimum):
		return ""
	}
	if _, ok := whole(text); !ok {
		return fmt.Sprintf("the answer %q to %q is no whole number", text, q.Question)
	}
	return fmt.Sprintf("the answer %s to %q is less than %d", text, q.Question, *q.Minimum)
}

// answerHint shows how the question is answered on the command line.
func answerHint(q ferry.Question) string {
	name := answerName(q.Param)
	switch {
	case q.Minimum != nil && strings.Contains(name, "["):
		return fmt.Sprintf("--answer '%s=%d'", name, max(*q.Minimum, 1))
	case q.Minimum != nil:
		return fmt.Sprintf("--answer %s=%d", name, max(*q.Minimum, 2))
	}
	return "--answer " + name + "=…"
}

func answerName(param string) string {
	return strings.TrimSuffix(strings.TrimPrefix(param, "{"), "}")
}
