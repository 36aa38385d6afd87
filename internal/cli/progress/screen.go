package progress

import (
	"fmt"
	"io"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/ferry-project/ferry"
)

// The escape sequences; all of them are in every terminal since the VT100.
const (
	hideCursor = "\x1b[?25l"
	showCursor = "\x1b[?25h"
	clearBelow = "\x1b[J"
	clearLine  = "\x1b[K"
)

// screen draws the tree in place. What must stay (notes, deaths) is printed
// above it and scrolls away like any other line.
type screen struct {
	out    io.Writer
	size   func() (width, height int)
	color  bool
	kind   ferry.JobKind
	title  string
	tree   *tree
	drawn  []int // the width of every line of the last frame
	now    time.Time
	closed bool
	hidden bool
}

func newScreen(o Options) *screen {
	title := string(o.Job.Kind)
	if o.Job.Stack != "" {
		title += " " + orElse(o.Plan.Name, o.Job.Stack)
	}
	return &screen{
		out: o.Out, size: o.Size, color: o.Color, kind: o.Job.Kind,
		title: title, tree: newTree(o), now: o.Job.Start,
	}
}

// Event draws what it changed.
func (s *screen) Event(e ferry.Event) {
	s.advance(e.Time)
	s.tree.take(e)
	above := ""
	switch e.Kind {
	case ferry.Note, ferry.NodeDied:
		subject, words := Sentence(e)
		above = strings.TrimSpace(subject + " " + words)
	case ferry.JobEnded:
		s.end(e)
		return
	}
	s.draw(above)
}

// Tick turns the spinner and the clocks.
func (s *screen) Tick(now time.Time) {
	s.advance(now)
	s.draw("")
}

// advance keeps time from going back when the clocks of server and terminal differ.
func (s *screen) advance(t time.Time) {
	if t.After(s.now) {
		s.now = t
	}
}

// end replaces the tree with one line when all went well, and leaves it otherwise.
func (s *screen) end(e ferry.Event) {
	if e.State == ferry.JobDone {
		s.write(s.erase() + s.paint(row{
			mark: "✔", look: greenLook,
			text: s.title + ": " + Summary(s.kind, total(e, s.tree.start), e.Path),
		}, 0) + "\n")
		s.drawn = nil
	}
	s.Close()
}

// Close shows the cursor again.
func (s *screen) Close() {
	if s.hidden {
		s.write(showCursor)
	}
	s.closed, s.hidden = true, false
}

func (s *screen) draw(above string) {
	if s.closed {
		return
	}
	var b strings.Builder
	if !s.hidden {
		b.WriteString(hideCursor)
		s.hidden = true
	}
	if above != "" {
		b.WriteString(s.erase() + above + "\n")
		s.drawn = nil
	}
	width, height := s.bounds()
	b.WriteString(s.home(width))
	lines := s.fit(height - 1)
	s.drawn = s.drawn[:0]
	for _, r := range lines {
		b.WriteString(s.paint(r, width) + clearLine + "\n")
		s.drawn = append(s.drawn, min(width-1, visible(r)))
	}
	b.WriteString(clearBelow)
	s.write(b.String())
}

// fit folds finished services, then cuts, until the frame has at most n lines: a
// line that scrolled off the screen cannot be drawn over.
func (s *screen) fit(n int) []row {
	var rows []row
	for _, fold := range []int{unfolded, folded, busyOnly} {
		if rows = s.tree.frame(s.title, s.now, fold); len(rows) <= n {
			break
		}
	}
	if len(rows) > n && n > 1 {
		more := len(rows) - n + 1
		rows = append(rows[:n-1:n-1], row{mark: "…", indent: 1, text: fmt.Sprintf("%d more", more)})
	}
	return rows
}

// home goes back to the first line of the last frame, counting lines that a
// narrower window has broken in two.
func (s *screen) home(width int) string {
	up := 0
	for _, w := range s.drawn {
		up += 1 + max(0, w-1)/width
	}
	if up == 0 {
		return ""
	}
	return fmt.Sprintf("\x1b[%dA\r", up)
}

func (s *screen) erase() string {
	width, _ := s.bounds()
	if len(s.drawn) == 0 {
		return ""
	}
	return s.home(width) + clearBelow
}

// bounds are 80 by 24 where the terminal does not report its size.
func (s *screen) bounds() (width, height int) {
	if s.size != nil {
		width, height = s.size()
	}
	if width < 20 {
		width = 80
	}
	if height < 4 {
		height = 24
	}
	return width, height
}

// visible is the number of columns a row takes; every character we draw has one.
func visible(r row) int { return 2*r.indent + 2 + utf8.RuneCountInString(r.text) }

// paint is the row as text, cut one short of width (0: not cut), so that no
// terminal wraps it.
func (s *screen) paint(r row, width int) string {
	text := strings.Map(printable, r.text)
	if room := width - 1 - 2*r.indent - 2; width > 0 {
		text = cut(text, max(1, room))
	}
	if s.color && r.look == dimLook {
		return strings.Repeat("  ", r.indent) + string(dimLook) + r.mark + " " + text + normalCode
	}
	mark := r.mark
	if s.color && r.look != plainLook {
		mark = string(r.look) + mark + normalCode
	}
	return strings.Repeat("  ", r.indent) + mark + " " + text
}

// printable keeps the output of builds from moving the cursor.
func printable(r rune) rune {
	switch {
	case r == '\t':
		return ' '
	case r < ' ' || r == 0x7f:
		return -1
	}
	return r
}

func cut(s string, n int) string {
	if utf8.RuneCountInString(s) <= n {
		return s
	}
	return string([]rune(s)[:n-1]) + "…"
}

// write ignores errors: stderr is where they would be reported.
func (s *screen) write(text string) { _, _ = io.WriteString(s.out, text) }
