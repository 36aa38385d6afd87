package docker

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/moby/moby/api/types/jsonstream"
)

// tailLines is how much of a failed build's output its error carries.
const tailLines = 20

// colours are put around a build step's standard error by the classic builder.
var colours = strings.NewReplacer("\x1b[91m", "", "\x1b[0m", "")

// output cuts a build's stream into lines and remembers the last ones.
type output struct {
	say  func(line string)
	rest string
	last []string
}

func (o *output) add(text string) {
	lines := strings.Split(o.rest+colours.Replace(text), "\n")
	o.rest = lines[len(lines)-1]
	for _, line := range lines[:len(lines)-1] {
		o.line(line)
	}
}

func (o *output) line(line string) {
	line = strings.TrimRight(line, "\r")
	if i := strings.LastIndex(line, "\r"); i >= 0 {
		line = line[i+1:] // a progress bar: only its last state is of use
	}
	if line == "" {
		return
	}
	o.last = append(o.last, line)
	if len(o.last) > tailLines {
		o.last = o.last[1:]
	}
	if o.say != nil {
		o.say(line)
	}
}

func (o *output) end() {
	if o.rest != "" {
		o.line(o.rest)
		o.rest = ""
	}
}

// follow reads the messages of a build, an import or a pull to their end.
func follow(ctx context.Context, body io.ReadCloser, say func(line string)) error {
	defer func() { _ = body.Close() }()
	defer context.AfterFunc(ctx, func() { _ = body.Close() })()
	out := output{say: say}
	for dec := json.NewDecoder(body); ; {
		var m jsonstream.Message
		err := dec.Decode(&m)
		switch {
		case errors.Is(err, io.EOF):
			out.end()
			return ctx.Err()
		case err != nil && ctx.Err() != nil:
			return ctx.Err()
		case err != nil:
			return fmt.Errorf("read docker's answer: %w", err)
		case m.Error != nil:
			out.end()
			return foreign{failure(m.Error.Message, out.last)}
		}
		out.add(m.Stream)
	}
}

func failure(message string, last []string) error {
	if len(last) == 0 {
		return errors.New(message)
	}
	return fmt.Errorf("%s\n%s", message, strings.Join(last, "\n"))
}
