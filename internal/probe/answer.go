package probe

import (
	"bytes"
	"strings"
	"sync"
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

// lineWriter gives each line that is not blank to say as soon as it ends. A
// command's two streams may write to it at once.
type lineWriter struct {
	say func(string)
	mu  sync.Mutex
	buf []byte
	had string // the last line given
}

// longestLine keeps a command that prints no newline from filling the memory.
const longestLine = 4096

func (w *lineWriter) Write(p []byte) (int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.buf = append(w.buf, p...)
	for {
		line, rest, found := bytes.Cut(w.buf, []byte("\n"))
		if !found {
			break
		}
		w.give(string(line))
		w.buf = rest
	}
	if extra := len(w.buf) - longestLine; extra > 0 {
		w.buf = w.buf[extra:]
	}
	return len(p), nil
}

// end takes what has no newline as a line and gives the last line of all.
func (w *lineWriter) end() string {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.give(string(w.buf))
	w.buf = nil
	return w.had
}

func (w *lineWriter) give(line string) {
	if line = strings.TrimSpace(line); line != "" {
		w.had = line
		w.say(line)
	}
}
