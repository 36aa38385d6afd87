package progress

import (
	"bytes"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/ferry-project/ferry"
)

// show plays a story on a terminal and returns what was to be seen after every
// event that changed the picture.
func play(t *testing.T, story []ferry.Event, width, height int, color bool) (frames string, s *terminal) {
	t.Helper()
	s = newTerminal(t, width, height)
	r := New(Options{
		Mode: Auto, Out: s, Terminal: true, Color: color, Job: labJob(), Plan: lab(),
		Size: func() (int, int) { return width, height },
	})
	var b strings.Builder
	last := ""
	for _, e := range story {
		r.Event(e)
		if e.Kind != ferry.JobEnded {
			r.Tick(e.Time.Add(50 * time.Millisecond))
			if !s.hidden {
				t.Errorf("the cursor is to be seen after %s", e.Kind)
			}
		}
		if now := s.text(); now != last {
			fmt.Fprintf(&b, "--- %s %s %s\n%s", e.Time.Sub(begin), e.Kind, e.Op, now)
			last = now
		}
	}
	r.Close()
	if s.hidden {
		t.Error("the cursor was not given back")
	}
	return b.String(), s
}

func TestScreen(t *testing.T) {
	for name, c := range map[string]struct {
		story         []ferry.Event
		width, height int
	}{
		"good":   {goodStory(), 80, 24},
		"bad":    {badStory(), 80, 24},
		"narrow": {goodStory(), 36, 24},
		"low":    {goodStory(), 80, 6},
	} {
		t.Run(name, func(t *testing.T) {
			frames, _ := play(t, c.story, c.width, c.height, true)
			golden(t, name+".tty", frames)
		})
	}
}

// TestColourAddsNothing: with NO_COLOR the same is to be seen, without colours.
func TestColourAddsNothing(t *testing.T) {
	with, _ := play(t, goodStory(), 80, 24, true)
	without, _ := play(t, goodStory(), 80, 24, false)
	if with != without {
		t.Error("the marks differ with and without colour")
	}
	var out bytes.Buffer
	r := New(Options{Mode: TTY, Out: &out, Job: labJob(), Plan: lab()})
	for _, e := range badStory() {
		r.Event(e)
	}
	if strings.Contains(out.String(), "m") && sgr(out.String()) {
		t.Error("colour in spite of NO_COLOR")
	}
}

// sgr reports whether text sets a colour or a weight.
func sgr(text string) bool {
	for _, code := range []look{greenLook, redLook, cyanLook, dimLook, normalCode} {
		if strings.Contains(text, string(code)) {
			return true
		}
	}
	return false
}

// TestANarrowerWindow: lines that the terminal has broken are drawn over, too.
func TestANarrowerWindow(t *testing.T) {
	var out bytes.Buffer
	width := 80
	r := New(Options{
		Mode: TTY, Out: &out, Job: labJob(),
		Size: func() (int, int) { return width, 24 },
	})
	r.Event(at(1, ferry.Event{Kind: ferry.Output, Message: strings.Repeat("x", 70)}))
	width = 40
	out.Reset()
	r.Tick(begin.Add(2 * time.Second))
	// One line of head, and one of 72 columns that takes two of 40.
	if !strings.HasPrefix(out.String(), "\x1b[3A\r") {
		t.Errorf("got %q", out.String())
	}
}

// TestTimeDoesNotGoBack: the server's clock may be ahead of ours.
func TestTimeDoesNotGoBack(t *testing.T) {
	s := newTerminal(t, 80, 24)
	r := New(Options{Mode: TTY, Out: s, Job: labJob(), Size: func() (int, int) { return 80, 24 }})
	r.Event(at(10, ferry.Event{Kind: ferry.JobStarted, Total: 1}))
	r.Tick(begin.Add(-time.Hour))
	if !strings.Contains(s.text(), "10.0 s") {
		t.Error(s.text())
	}
}

// TestAStackNobodyPlanned: without a plan the events alone make the tree.
func TestAStackNobodyPlanned(t *testing.T) {
	s := newTerminal(t, 80, 24)
	r := New(Options{Mode: TTY, Out: s, Job: ferry.Job{Kind: ferry.StopJob, Stack: "sa-1", Start: begin}})
	r.Event(at(1, op(ferry.OpStarted, ferry.StopNode, "stop a0", "se-1", "a0")))
	r.Event(at(2, op(ferry.OpDone, ferry.StopNode, "stop a0", "se-1", "a0")))
	r.Event(at(2, op(ferry.OpStarted, ferry.StopNode, "stop b0", "se-2", "b0")))
	want := "⠋ stop sa-1  2.0 s\n  ✔ se-1\n    ✔ a0  stopped\n  ⠋ se-2\n    ⠋ b0  stop  0.0 s\n"
	if got := s.text(); got != want {
		t.Errorf("got\n%s", got)
	}
}

func TestNothingIsDrawnAfterTheEnd(t *testing.T) {
	var out bytes.Buffer
	r := New(Options{Mode: TTY, Out: &out, Job: labJob()})
	r.Event(at(1, ferry.Event{Kind: ferry.JobEnded, State: ferry.JobDone}))
	before := out.String()
	r.Tick(begin.Add(time.Minute))
	r.Close()
	r.Close()
	if out.String() != before {
		t.Errorf("%q came after %q", out.String(), before)
	}
}
