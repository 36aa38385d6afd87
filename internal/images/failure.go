package images

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"strings"

	"github.com/ferry-project/ferry"
	"github.com/ferry-project/ferry/internal/engine"
)

// tailLines is how much of a failed build its error carries.
const tailLines = 20

var stepLine = regexp.MustCompile(`^Step (\d+/\d+) : (.*)`)

// tail remembers the last lines of a build, and its latest step.
type tail struct {
	lines        []string
	number, step string
}

func (t *tail) add(line string) {
	if m := stepLine.FindStringSubmatch(line); m != nil {
		t.number, t.step = m[1], m[2]
	}
	if t.lines = append(t.lines, line); len(t.lines) > tailLines {
		t.lines = t.lines[1:]
	}
}

// explain puts a failed build into the user's words.
func explain(ctx context.Context, what string, t tail, err error) error {
	switch {
	case ctx.Err() != nil:
		return fmt.Errorf("build %s: %w", what, ctx.Err())
	case errors.Is(err, engine.ErrUnavailable):
		return fmt.Errorf("build %s: %w", what, err)
	case strings.Contains(err.Error(), "no space left on device"):
		return full(what, t, err)
	}
	e := &ferry.Error{Code: ferry.Failed, Message: fmt.Sprintf("building %s failed", what), Output: t.text(err), Err: err}
	if t.step != "" {
		e.Message += fmt.Sprintf(" in step %s, %s", t.number, short(t.step))
	}
	return e
}

func full(what string, t tail, err error) error {
	e := &ferry.Error{
		Code: ferry.Failed, Output: t.text(err), Err: err,
		Message: fmt.Sprintf("building %s failed: the engine's disk is full", what),
	}
	return e.WithHint("ferry images rm removes images no stack needs, docker system df shows what else takes the room")
}

// text is the last lines; the engine's own sentence ends them if they lack it.
func (t tail) text(err error) string {
	said, _, _ := strings.Cut(err.Error(), "\n")
	return strings.Join(append(t.lines, said), "\n")
}

// short is the beginning of a long instruction.
func short(step string) string {
	const most = 70
	if r := []rune(step); len(r) > most {
		return string(r[:most]) + "…"
	}
	return step
}
