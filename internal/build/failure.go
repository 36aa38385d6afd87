package build

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"strings"

	"github.com/ferry-project/ferry"
	"github.com/ferry-project/ferry/internal/engine"
	"github.com/ferry-project/ferry/internal/lines"
)

// tailLines is how much of a failed build its error carries.
const tailLines = 20

var stepLine = regexp.MustCompile(`^Step (\d+/\d+) : (.*)`)

// transcript remembers the last lines of a build, and its latest step.
type transcript struct {
	last         lines.Tail
	number, step string
}

func newTranscript() *transcript { return &transcript{last: lines.Tail{Lines: tailLines}} }

func (o *transcript) add(line string) {
	if m := stepLine.FindStringSubmatch(line); m != nil {
		o.number, o.step = m[1], m[2]
	}
	o.last.Add(line)
}

// explain puts a failed build into the user's words.
func explain(ctx context.Context, what string, o *transcript, err error) error {
	switch {
	case ctx.Err() != nil:
		return fmt.Errorf("build %s: %w", what, ctx.Err())
	case errors.Is(err, engine.ErrUnavailable):
		return fmt.Errorf("build %s: %w", what, err)
	case strings.Contains(err.Error(), "no space left on device"):
		return full(what, o, err)
	}
	e := &ferry.Error{Code: ferry.Failed, Message: fmt.Sprintf("building %s failed", what), Output: o.text(err), Err: err}
	if o.step != "" {
		e.Message += fmt.Sprintf(" in step %s, %s", o.number, short(o.step))
	}
	return e
}

func full(what string, o *transcript, err error) error {
	e := &ferry.Error{
		Code: ferry.Failed, Output: o.text(err), Err: err,
		Message: fmt.Sprintf("building %s failed: the engine's disk is full", what),
	}
	return e.WithHint("ferry images rm removes images no stack needs, docker system df shows what else takes the room")
}

// text is the last lines; the engine's own sentence ends them if they lack it.
func (o *transcript) text(err error) string {
	said, _, _ := strings.Cut(err.Error(), "\n")
	o.last.Add(said)
	return o.last.String()
}

// short is the beginning of a long instruction.
func short(step string) string {
	const most = 70
	if r := []rune(step); len(r) > most {
		return string(r[:most]) + "…"
	}
	return step
}
