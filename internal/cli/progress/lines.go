package progress

import (
	"encoding/json"
	"fmt"
	"io"
	"time"

	"github.com/ferry-project/ferry"
)

// lines prints a line per change, stamped with the time since the job's start.
type lines struct {
	out   io.Writer
	kind  ferry.JobKind
	start time.Time
	names map[string]string
	where func(ferry.Event) ferry.Event
	until map[string]string // what a probe waits for, by operation
	last  map[string]string // what was said last of a probe, by operation
	wordy bool
}

func newLines(o Options) *lines {
	return &lines{
		out: o.Out, kind: o.Job.Kind, start: o.Job.Start,
		names: serviceNames(o.Plan), where: located(o.Plan),
		last: map[string]string{}, wordy: o.Verbose,
	}
}

// Event prints a line, or nothing for what is no change worth reading.
func (l *lines) Event(e ferry.Event) {
	if l.start.IsZero() {
		l.start = e.Time
	}
	if e.Kind == ferry.JobEnded && e.State == ferry.JobDone {
		l.print(e.Time, "", Summary(l.kind, total(e, l.start), e.Path))
		return
	}
	if e.Kind == ferry.JobStarted {
		l.until = awaited(e.Ops)
	}
	subject, words := Sentence(l.where(e))
	if words == "" || l.dull(e) {
		return
	}
	if e.Kind == ferry.OpWaiting {
		words = waiting(e, l.until, l.wordy)
	}
	if e.Do == ferry.Ready {
		subject = orElse(l.names[e.Service], subject)
	}
	l.print(e.Time, subject, words)
}

// dull says what nobody follows line by line: small steps that succeed, and a
// probe that says the same again.
func (l *lines) dull(e ferry.Event) bool {
	switch e.Kind {
	case ferry.OpDone:
		return e.Do == ferry.CreateVolume || e.Do == ferry.PutFiles || e.Do == ferry.RemoveVolume
	case ferry.OpWaiting:
		words := waiting(e, l.until, l.wordy)
		same := l.last[e.Op] == words
		l.last[e.Op] = words
		return same
	}
	return false
}

func (l *lines) print(at time.Time, subject, words string) {
	if subject != "" {
		words = fmt.Sprintf("%-12s %s", subject, words)
	}
	fmt.Fprintf(l.out, "[%5.1fs] %s\n", max(0, at.Sub(l.start).Seconds()), words)
}

// Tick and Close have nothing to do: every line stands for itself.
func (*lines) Tick(time.Time) {}

// Close does nothing.
func (*lines) Close() {}

// stream prints every event as one line of JSON.
type stream struct{ enc *json.Encoder }

func newStream(o Options) stream {
	enc := json.NewEncoder(o.Out)
	enc.SetEscapeHTML(false)
	return stream{enc}
}

// Event prints it. An error is ignored: stderr is where it would be reported.
func (s stream) Event(e ferry.Event) { _ = s.enc.Encode(e) }

// Tick does nothing.
func (stream) Tick(time.Time) {}

// Close does nothing.
func (stream) Close() {}
