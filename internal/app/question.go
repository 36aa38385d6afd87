package app

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/ferry-project/ferry"
	"github.com/ferry-project/ferry/internal/app/tree"
)

// placeholder is a value that an answer replaces: a whole value in braces.
var placeholder = regexp.MustCompile(`^\{[A-Za-z_][A-Za-z0-9_ .-]*\}$`)

// questions returns the questions of the file and those its counts imply.
func (d *decoder) questions(root tree.Place) []ferry.Question {
	var out []ferry.Question
	for _, p := range d.list(root.Key("questions")) {
		q, ok := d.question(p)
		if !ok {
			continue
		}
		if slices.ContainsFunc(out, func(o ferry.Question) bool { return o.Param == q.Param }) {
			d.report(p.Key("param"), q.Param+" is asked twice", "give each question a parameter of its own")
			continue
		}
		out = append(out, q)
	}
	return append(countMinimum(out, root), implied(root)...)
}

var questionKeys = []string{"question", "param", "default", "minimum"}

func (d *decoder) question(p tree.Place) (ferry.Question, bool) {
	b, ok := d.block(p, questionKeys, "question", "param")
	if !ok {
		return ferry.Question{}, false
	}
	q := ferry.Question{Question: d.text(b["question"]), Param: d.text(b["param"]), Default: d.text(b["default"])}
	if q.Param != "" && !strings.HasPrefix(q.Param, "{") {
		q.Param = "{" + q.Param + "}"
	}
	if q.Param != "" && !placeholder.MatchString(q.Param) {
		d.report(b["param"], fmt.Sprintf("%q cannot be a parameter", q.Param), "write a word in braces, such as {instances}")
		return q, false
	}
	d.minimum(b["minimum"], &q)
	if bad := q.Minimum != nil && q.Default != "" && !reaches(q.Default, *q.Minimum); bad {
		d.report(b["default"], fmt.Sprintf("the default %q is no whole number of at least %d", q.Default, *q.Minimum), "")
	}
	return q, q.Question != "" && q.Param != ""
}

func (d *decoder) minimum(p tree.Place, q *ferry.Question) {
	text := d.text(p)
	if text == "" {
		return
	}
	n, ok := whole(text)
	if !ok {
		d.report(p, fmt.Sprintf("minimum must be a whole number, not %q", text), "")
		return
	}
	q.Minimum = &n
}

func reaches(text string, minimum int) bool {
	n, ok := whole(text)
	return ok && n >= minimum
}

// countMinimum says of a question that is answered with a count that zero is no answer.
func countMinimum(qs []ferry.Question, root tree.Place) []ferry.Question {
	one := 1
	for _, s := range services(root) {
		count := s.Key("instances")
		for i, q := range qs {
			if count.Value != nil && count.Text == q.Param && q.Minimum == nil {
				qs[i].Minimum = &one
			}
		}
	}
	return qs
}

// atLeast is a count that is asked: ">=2" or ">1".
var atLeast = regexp.MustCompile(`^>(=?)\s*([0-9]+)$`)

// bound reads ">=N" and ">N" as the smallest count allowed.
func bound(text string) (int, bool) {
	m := atLeast.FindStringSubmatch(text)
	if m == nil {
		return 0, false
	}
	n, _ := whole(m[2])
	if m[1] == "" {
		n++
	}
	return n, true
}

func implied(root tree.Place) []ferry.Question {
	var out []ferry.Question
	for _, s := range services(root) {
		count := s.Key("instances")
		if count.Value == nil || count.Kind != tree.Scalar {
			continue
		}
		n, ok := bound(count.Text)
		if !ok || n < 1 {
			continue
		}
		out = append(out, ferry.Question{
			Question: fmt.Sprintf("How many instances of %s (%s)? At least %d", label(s), s.Path, n),
			Param:    count.Path, Minimum: &n, Default: strconv.Itoa(n),
		})
	}
	return out
}

// label names a service block as its author did.
func label(p tree.Place) string {
	if v := p.Key("personality").Value; v != nil && v.Kind == tree.Scalar {
		return v.Text
	}
	return "the service"
}
