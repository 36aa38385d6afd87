package probe

import (
	"strings"
	"sync"

	"github.com/ferry-project/ferry/internal/lines"
)

// answer is the latest one, written by the asking goroutine, read by the telling one.
type answer struct {
	mu    sync.Mutex
	text  string
	fresh bool
}

func (a *answer) set(text string) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.text, a.fresh = text, true
}

// last is the latest answer as a phrase of a sentence.
func (a *answer) last() string {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.text == "" {
		return "none"
	}
	return a.text
}

// tell passes an answer on that came since the last call.
func (a *answer) tell(waiting func(string)) {
	a.mu.Lock()
	text, fresh := a.text, a.fresh
	a.fresh = false
	a.mu.Unlock()
	if fresh && waiting != nil {
		waiting(text)
	}
}

// spoken passes a command's lines that are not blank on as its answers, and remembers
// the last of them.
type spoken struct {
	lines.Writer
	last string
}

// longestLine keeps a command that prints no newline from filling the memory.
const longestLine = 4096

func newSpoken(say func(string)) *spoken {
	s := &spoken{Writer: lines.Writer{Longest: longestLine}}
	s.Each = func(line string) error {
		if line = strings.TrimSpace(line); line != "" {
			s.last = line
			say(line)
		}
		return nil
	}
	return s
}
