package progress

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

// terminal is just enough of one to see what a user sees: text, line feed,
// carriage return, cursor up, erase to the end of line and screen, colours
// (dropped), cursor on and off. What scrolls off the top is kept apart.
type terminal struct {
	t             *testing.T
	width, height int
	rows          [][]rune
	scrolled      []string
	x, y          int
	hidden        bool
}

func newTerminal(t *testing.T, width, height int) *terminal {
	return &terminal{t: t, width: width, height: height, rows: make([][]rune, height)}
}

var sequence = regexp.MustCompile(`^\x1b\[(\??)(\d*)([A-Za-z])`)

func (s *terminal) Write(p []byte) (int, error) {
	for text := string(p); text != ""; {
		if m := sequence.FindStringSubmatch(text); m != nil {
			s.control(m[1]+m[3], m[2])
			text = text[len(m[0]):]
			continue
		}
		r := []rune(text)[0]
		s.put(r)
		text = text[len(string(r)):]
	}
	return len(p), nil
}

func (s *terminal) control(what, arg string) {
	n, _ := strconv.Atoi(arg)
	switch what {
	case "A":
		if s.y -= n; s.y < 0 {
			s.t.Errorf("cursor went %d rows above the screen", -s.y)
			s.y = 0
		}
	case "K":
		s.rows[s.y] = s.rows[s.y][:min(s.x, len(s.rows[s.y]))]
	case "J":
		s.control("K", "")
		for y := s.y + 1; y < s.height; y++ {
			s.rows[y] = nil
		}
	case "?l":
		s.hidden = true
	case "?h":
		s.hidden = false
	case "m":
	default:
		s.t.Errorf("unknown sequence %s %s", what, arg)
	}
}

func (s *terminal) put(r rune) {
	switch {
	case r == '\n':
		s.x = 0
		s.feed()
	case r == '\r':
		s.x = 0
	case r < ' ':
		s.t.Errorf("control character %q", r)
	default:
		if s.x == s.width {
			s.x = 0
			s.feed()
		}
		row := s.rows[s.y]
		for len(row) <= s.x {
			row = append(row, ' ')
		}
		row[s.x] = r
		s.rows[s.y] = row
		s.x++
	}
}

func (s *terminal) feed() {
	if s.y++; s.y < s.height {
		return
	}
	s.scrolled = append(s.scrolled, string(s.rows[0]))
	s.rows = append(s.rows[1:], nil)
	s.y = s.height - 1
}

// text is what can be seen, with what has scrolled away on top.
func (s *terminal) text() string {
	var b strings.Builder
	for _, line := range s.scrolled {
		fmt.Fprintln(&b, strings.TrimRight(line, " "))
	}
	for _, row := range s.rows {
		fmt.Fprintln(&b, strings.TrimRight(string(row), " "))
	}
	return strings.TrimRight(b.String(), "\n") + "\n"
}
