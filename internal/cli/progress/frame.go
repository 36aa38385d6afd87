package progress

import (
	"fmt"
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

// frame draws the tree at a moment. fold hides the nodes of services that are ready.
func (t *tree) frame(title string, now time.Time, fold bool) []row {
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

func (t *tree) groupRows(g *group, turn string, now time.Time, fold bool) []row {
	var rows []row
	indent := 1
	if g.id != "" {
		rows = append(rows, g.row(turn))
		indent = 2
	}
	if fold && (g.ready || !g.begun()) {
		return rows
	}
	width := 0
	for _, i := range g.nodes {
		width = max(width, len(i.name))
	}
	for _, i := range g.nodes {
		r := t.itemRow(i, g, turn, now)
		r.indent = indent
		r.text = strings.TrimRight(fmt.Sprintf("%-*s  %s", width, i.name, r.text), " ")
		rows = append(rows, r)
	}
	return rows
}

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

// itemRow tells what a node does, or what it is and waits for.
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
		return row{mark: turn, look: cyanLook, text: text + "  " + show.Seconds(max(0, now.Sub(a.since)))}
	case g.ready || i.ended:
		return row{mark: "✔", look: greenLook, text: i.state}
	}
	text := i.state
	if a := t.awaited(i.name); a != "" {
		text = strings.TrimLeft(text+", waits for "+a, ", ")
		if !i.since.IsZero() {
			text += "  " + show.Seconds(max(0, now.Sub(i.since)))
		}
	}
	return row{mark: "·", text: text}
}
