// Package lines cuts what a program writes into lines, and keeps the last of them.
package lines

import (
	"bytes"
	"strings"
	"sync"
)

// Writer calls Each with every line as soon as it ends, without its newline. Both
// streams of a program may write to it at once.
type Writer struct {
	// Each is called by one goroutine at a time. An error of it ends the Write.
	Each func(line string) error
	// Longest is where a line without an end is taken as several, so that a program
	// that prints none does not fill the memory; 0: nowhere.
	Longest int

	mu   sync.Mutex
	part []byte
}

// Write implements io.Writer.
func (w *Writer) Write(p []byte) (int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for rest := p; len(rest) > 0; {
		line, after, ended := bytes.Cut(rest, []byte("\n"))
		w.part = append(w.part, line...)
		rest = after
		if ended || w.Longest > 0 && len(w.part) > w.Longest {
			if err := w.end(); err != nil {
				return 0, err
			}
		}
	}
	return len(p), nil
}

// Flush takes what was written without a newline as a line.
func (w *Writer) Flush() error {
	w.mu.Lock()
	defer w.mu.Unlock()
	if len(w.part) == 0 {
		return nil
	}
	return w.end()
}

func (w *Writer) end() error {
	line := string(w.part)
	w.part = w.part[:0]
	return w.Each(line)
}

// Tail keeps the last lines it was given: as many as both limits allow, of which 0 is
// none, and the very last one whatever its length.
type Tail struct {
	Lines, Bytes int

	mu   sync.Mutex
	kept []string
	size int
}

// Add appends a line.
func (t *Tail) Add(line string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.kept = append(t.kept, line)
	t.size += len(line) + 1
	for len(t.kept) > 1 && (t.Lines > 0 && len(t.kept) > t.Lines || t.Bytes > 0 && t.size > t.Bytes) {
		t.size -= len(t.kept[0]) + 1
		t.kept = t.kept[1:]
	}
}

// String is what was kept, one line below the other.
func (t *Tail) String() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	return strings.Join(t.kept, "\n")
}
