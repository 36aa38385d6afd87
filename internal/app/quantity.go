package app

import (
	"fmt"
	"math"
	"regexp"
	"strconv"
	"strings"

	"github.com/ferry-project/ferry"
	"github.com/ferry-project/ferry/internal/app/tree"
)

// mostInstances bounds every service whose personality has no bound of its own.
const mostInstances = 10_000

// digits are whole numbers as people write them; 010 is eight to some.
var digits = regexp.MustCompile(`^(0|[1-9][0-9]*)$`)

// whole reads a whole number; one too large for an int is the largest int.
func whole(text string) (int, bool) {
	if !digits.MatchString(text) {
		return 0, false
	}
	n, err := strconv.Atoi(text)
	if err != nil {
		return math.MaxInt, true
	}
	return n, true
}

// count reads the number of instances; absent it is 1.
func (d *decoder) count(p tree.Place, most int) int {
	if p.Value == nil {
		return 1
	}
	text := d.text(p)
	if text == "" {
		return 1
	}
	n, ok := d.number(p, text)
	if !ok {
		return 1
	}
	bound, whose := most, ""
	if most == 0 {
		bound, whose = mostInstances, " of any service"
	}
	switch {
	case n < 1:
		d.report(p, "instances must be at least 1, not "+text, "")
	case n > bound:
		d.report(p, fmt.Sprintf("instances is %s, but there can be at most %d%s", text, bound, whose), "")
	default:
		return n
	}
	return 1
}

// number understands the forms of a count, and says what is wrong with others.
func (d *decoder) number(p tree.Place, text string) (int, bool) {
	if least, ok := bound(text); ok {
		return d.asked(p, least)
	}
	if n, ok := whole(strings.TrimPrefix(text, "-")); ok {
		if strings.HasPrefix(text, "-") {
			n = -n
		}
		return n, true
	}
	hint := `write a number, or ">=2" to have it asked`
	switch {
	case placeholder.MatchString(text):
		d.report(p, "no question asks for "+text, "add it to questions, with param: \""+text+"\"")
		return 0, false
	case strings.HasPrefix(text, "<"):
		hint = `only ">=N" and ">N" are asked`
	case strings.TrimLeft(text, "0") != text && digits.MatchString(strings.TrimLeft(text, "0")):
		hint = "write it without leading zeros"
	}
	d.report(p, fmt.Sprintf("instances must be a whole number, not %s", tree.Quoted(text)), hint)
	return 0, false
}

// asked returns the answer to a count such as ">=2", its minimum when there is none.
func (d *decoder) asked(p tree.Place, least int) (int, bool) {
	answer := d.answers[p.Path]
	if answer == "" || least < 1 {
		return least, true
	}
	n, ok := whole(answer)
	q := ferry.Question{Param: p.Path, Minimum: &least}
	switch {
	case !ok:
		d.report(p, fmt.Sprintf("the answer %s is no whole number", tree.Quoted(answer)), answerHint(q))
	case n < least:
		d.report(p, fmt.Sprintf("the answer %s is less than %d", answer, least), answerHint(q))
	default:
		return n, true
	}
	return 0, false
}

var resourceKeys = []string{"memory", "cpus"}

func (d *decoder) resources(p tree.Place) (r ferry.Resources) {
	if p = p.Present(); p.Value == nil {
		return r
	}
	b, _ := d.block(p, resourceKeys)
	if m := b["memory"]; m.Value != nil {
		r.Memory = d.memory(m)
	}
	if c := b["cpus"]; c.Value != nil {
		r.CPUs = d.cpus(c)
	}
	return r
}

// leastMemory is what engines ask for at least.
const leastMemory = 6 << 20

var size = regexp.MustCompile(`^([0-9]+(?:\.[0-9]+)?) ?(?:([kKmMgGtT])(?:[iI]?[bB])?|[bB])?$`)

// memory reads a number of bytes, or one with a unit; units are powers of 1024.
func (d *decoder) memory(p tree.Place) int64 {
	text := d.text(p)
	if text == "" {
		return 0
	}
	m := size.FindStringSubmatch(text)
	if m == nil {
		d.report(p, fmt.Sprintf("memory must be a size, not %s", tree.Quoted(text)), `such as "512MiB" or "2g"`)
		return 0
	}
	n, _ := strconv.ParseFloat(m[1], 64)
	if m[2] != "" {
		n *= math.Pow(1024, float64(1+strings.Index("kmgt", strings.ToLower(m[2]))))
	}
	switch {
	case n < leastMemory:
		d.report(p, fmt.Sprintf("memory is %s, but a node takes at least 6 MiB", text), unitHint(m))
		return 0
	case n > 1<<50:
		d.report(p, fmt.Sprintf("memory is %s, more than any machine has", text), "")
		return 0
	}
	return int64(n)
}

// unitHint guesses the unit of a bare small number.
func unitHint(m []string) string {
	if m[2] != "" || len(m[1]) > 4 {
		return ""
	}
	if len(m[1]) > 2 {
		return fmt.Sprintf("did you mean %sMiB?", m[1])
	}
	return fmt.Sprintf("did you mean %sg?", m[1])
}

var decimal = regexp.MustCompile(`^([0-9]+\.?[0-9]*|\.[0-9]+)$`)

// cpus reads a number of cores.
func (d *decoder) cpus(p tree.Place) float64 {
	text := d.text(p)
	if text == "" {
		return 0
	}
	n, err := strconv.ParseFloat(text, 64)
	if err != nil || !decimal.MatchString(text) || n < 0.01 || n > 10_000 {
		d.report(p, fmt.Sprintf("cpus must be a number of cores, not %s", tree.Quoted(text)), "such as 2 or 0.5")
		return 0
	}
	return n
}
