package progress

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/ferry-project/ferry/internal/cli/show"
)

// look is how a line stands out; only colour tells, so NO_COLOR loses nothing:
// the mark in front says the same.
type look string

const (
	plainLook  look = ""
	greenLook  look = "\x1b[32m"
	redLook    look = "\x1b[31m"
	cyanLook   look = "\x1b[36m"
	dimLook    look = "\x1b[2m"
	normalCode      = "\x1b[0m"
)

// row is one line of a frame.
type row struct {
	mark   string
	look   look
	indent int
	text   string
}

var spinner = [...]string{"⠋", "⠙", "⠹", "⠸", "⠼", "⠴", "⠦", "⠧", "⠇", "⠏"}

// How much of a tree is drawn: all of it; without the nodes of services that are
// ready or not begun; only what is at work or went wrong.
const (
	unfolded = iota
	folded
	busyOnly
)

// frame draws the tree at a moment.
func (t *tree) frame(title string, now time.Time, fold int) []row {
	elapsed := now.Sub(t.start)
	turn := spinner[int(elapsed/(100*time.Millisecond))%len(spinner)]
	rows := []row{{mark: turn, look: cyanLook, text: t.head(title, elapsed)}}
	for _, g := range t.groups {
		rows = append(rows, t.groupRows(g, turn, now, fold)...)
	}
	if t.output != "" {
		rows = append(rows, row{mark: "│", look: dimLook, text: t.output})
	}
	return rows
}

func (t *tree) head(title string, elapsed time.Duration) string {
	head := fmt.Sprintf("%s  %s", title, show.Seconds(max(0, elapsed)))
	if t.total > 0 {
		head += fmt.Sprintf("  %d/%d", len(t.done), t.total)
	}
	return head
}

func (t *tree) groupRows(g *group, turn string, now time.Time, fold int) []row {
	if fold == busyOnly && !g.busy() {
		return nil
	}
	var rows []row
	indent := 1
	if g.id != "" {
		rows = append(rows, g.row(turn))
		indent = 2
	}
	if fold == folded && (g.ready || !g.begun()) {
		return rows
	}
	width := 0
	for _, i := range g.nodes {
		width = max(width, len(i.name))
	}
	for _, i := range g.nodes {
		if fold == busyOnly && !i.busy() {
			continue
		}
		r := t.itemRow(i, g, turn, now)
		r.indent = indent
		r.text = strings.TrimRight(fmt.Sprintf("%-*s  %s", width, i.name, r.text), " ")
		rows = append(rows, r)
	}
	return rows
}

func (g *group) busy() bool { return slices.ContainsFunc(g.nodes, (*item).busy) }

func (i *item) busy() bool { return i.failed || len(i.running) > 0 }

func (g *group) begun() bool {
	for _, i := range g.nodes {
		if i.state != "" || len(i.running) > 0 {
			return true
		}
	}
	return false
}

func (g *group) row(turn string) row {
	r := row{mark: "·", indent: 1, text: g.name}
	ended := len(g.nodes) > 0
	for _, i := range g.nodes {
		if len(i.running) > 0 {
			r.mark, r.look = turn, cyanLook
		}
		ended = ended && i.ended
	}
	if g.ready {
		r.mark, r.look, r.text = "✔", greenLook, g.name+"  ready"
	}
	if ended {
		r.mark, r.look = "✔", greenLook
	}
	for _, i := range g.nodes {
		if i.failed {
			r.mark, r.look = "✘", redLook
		}
	}
	return r
}

// itemRow shows what a node does, or what it is and waits for.
func (t *tree) itemRow(i *item, g *group, turn string, now time.Time) row {
	switch {
	case i.failed:
		return row{mark: "✘", look: redLook, text: i.state}
	case len(i.running) > 0:
		a := i.running[0]
		text := a.name
		if a.answer != "" {
			text += ": " + a.answer
		}
		text = strings.TrimLeft(text+"  "+show.Seconds(max(0, now.Sub(a.since))), " ")
		return row{mark: turn, look: cyanLook, text: text}
	case g.ready || i.ended:
		return row{mark: "✔", look: greenLook, text: i.state}
	}
	text := i.state
	if a := t.awaited(i.name); a != "" {
		since := i.since
		if since.IsZero() {
			since = t.start
		}
		text = strings.TrimLeft(text+", waits for "+a, ", ") + "  " + show.Seconds(max(0, now.Sub(since)))
	}
	return row{mark: "·", text: text}
}
