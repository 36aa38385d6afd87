package run

import (
	"strings"

	"github.com/ferry-project/ferry/internal/lines"
)

const (
	outputLimit = 64 << 10 // bytes of a command's output that are kept
	lineLimit   = 8 << 10  // a longer line is taken as several
)

// output keeps the end of what a command prints, whole lines only, so that no
// secret is cut into something that clean does not find.
type output struct {
	lines.Writer
	last lines.Tail
}

// newOutput passes every line on to each, cleaned; each may be nil.
func newOutput(clean func(string) string, each func(line string)) *output {
	o := &output{Writer: lines.Writer{Longest: lineLimit}, last: lines.Tail{Bytes: outputLimit}}
	o.Each = func(line string) error {
		line = clean(strings.TrimRight(line, "\r"))
		if each != nil {
			each(line)
		}
		o.last.Add(line)
		return nil
	}
	return o
}

// String ends the output and returns what was kept, one line below the other.
func (o *output) String() string {
	_ = o.Flush() // Each has no errors
	return strings.TrimSpace(o.last.String())
}
