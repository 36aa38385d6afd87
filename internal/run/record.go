package run

import (
	"bytes"
	"strings"
	"sync"
)

const (
	outputLimit = 64 << 10 // bytes of a command's output that are kept
	lineLimit   = 8 << 10  // a longer line is taken as several
)

// record keeps the end of what a command prints, whole lines only, so that no
// secret is cut into something that clean does not find. Both streams of a
// command may write to it at once.
type record struct {
	clean func(string) string
	each  func(line string) // told every line as it ends; may be nil

	mu    sync.Mutex
	part  []byte
	lines []string
	size  int
}

func (r *record) Write(p []byte) (int, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.part = append(r.part, p...)
	for {
		line, rest, found := bytes.Cut(r.part, []byte("\n"))
		if !found {
			break
		}
		r.keep(string(line))
		r.part = rest
	}
	if len(r.part) > lineLimit {
		r.keep(string(r.part))
		r.part = nil
	}
	return len(p), nil
}

// end takes what was printed without a newline as a line.
func (r *record) end() {
	r.mu.Lock()
	defer r.mu.Unlock()
	if len(r.part) > 0 {
		r.keep(string(r.part))
		r.part = nil
	}
}

func (r *record) keep(line string) {
	line = r.clean(strings.TrimRight(line, "\r"))
	if r.each != nil {
		r.each(line)
	}
	r.lines = append(r.lines, line)
	r.size += len(line) + 1
	for r.size > outputLimit && len(r.lines) > 1 {
		r.size -= len(r.lines[0]) + 1
		r.lines = r.lines[1:]
	}
}

// String is what was kept, one line below the other.
func (r *record) String() string {
	r.mu.Lock()
	defer r.mu.Unlock()
	return strings.TrimSpace(strings.Join(r.lines, "\n"))
}
