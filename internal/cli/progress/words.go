package progress

import (
	"fmt"
	"strings"
	"time"

	"github.com/ferry-project/ferry"
	"github.com/ferry-project/ferry/internal/cli/show"
)

// Sentence describes an event in a few words, and says whom it is about: a node, or ""
// for the stack as a whole. Words are "" for what is not worth a line.
func Sentence(e ferry.Event) (subject, words string) {
	switch e.Kind {
	case ferry.JobStarted:
		return "", fmt.Sprintf("%s, %d operations", orElse(e.Message, orElse(e.Stack, e.Job)), e.Total)
	case ferry.JobEnded:
		return "", ended(e)
	case ferry.OpStarted:
		return e.Node, ""
	case ferry.OpDone:
		return subjectOf(e), done(e) + took(e.Took)
	case ferry.OpFailed:
		return subjectOf(e), failed(e)
	case ferry.OpWaiting:
		return e.Node, waiting(e, nil, false)
	case ferry.NodeDied:
		return e.Node, "died: " + orElse(e.Message, reason(e))
	}
	return e.Node, e.Message
}

// opName is what an operation is called beside its node: "form-volume" for
// "task form-volume@gluster0".
func opName(e ferry.Event) string {
	name := strings.TrimPrefix(e.Op, string(e.Do)+" ")
	if e.Do == ferry.RunTask || e.Do == ferry.AwaitProbe {
		name, _, _ = strings.Cut(name, "@")
	}
	return strings.TrimPrefix(name, e.Node+"/")
}

func subjectOf(e ferry.Event) string {
	if e.Do == ferry.Ready {
		return opName(e)
	}
	return e.Node
}

func done(e ferry.Event) string {
	switch e.Do {
	case ferry.EnsureImage:
		return "image " + opName(e) + " is there"
	case ferry.CreateNetwork:
		return "network created"
	case ferry.WriteHosts:
		return "every node knows the others' addresses"
	case ferry.CreateVolume:
		return "volume " + opName(e) + " created"
	case ferry.RemoveVolume:
		return "volume " + opName(e) + " removed"
	case ferry.RemoveNetwork:
		return "network removed"
	case ferry.RunTask:
		return opName(e) + " done"
	case ferry.AwaitProbe:
		return opName(e) + " ok"
	}
	if e.Node == "" && e.Do != ferry.Ready {
		return strings.TrimSpace(opName(e) + " " + state(e))
	}
	return state(e)
}

func failed(e ferry.Event) string {
	if e.Node == "" {
		return e.Op + " failed: " + reason(e)
	}
	return "failed: " + reason(e)
}

// state is what a node is after an operation.
func state(e ferry.Event) string {
	switch e.Do {
	case ferry.CreateNode:
		return "created"
	case ferry.PutFiles, ferry.Refresh:
		return "configured"
	case ferry.StartNode:
		return "started"
	case ferry.StopNode:
		return "stopped"
	case ferry.RemoveNode:
		return "removed"
	case ferry.Ready:
		return "ready"
	}
	return ""
}

// took is left out where the time is too short to matter.
func took(d time.Duration) string {
	if d < 100*time.Millisecond {
		return ""
	}
	return " (" + show.Seconds(d) + ")"
}

func reason(e ferry.Event) string {
	if e.Error != nil {
		return e.Error.Error()
	}
	return orElse(e.Message, "no reason was given")
}

func ended(e ferry.Event) string {
	if e.Error != nil {
		return string(e.State) + ": " + e.Error.Error()
	}
	return string(e.State)
}

// Summary is the last line of a job that was done: how long it took and why.
func Summary(kind ferry.JobKind, total time.Duration, path []ferry.Step) string {
	line := fmt.Sprintf("%s in %s", accomplished(kind), show.Seconds(total))
	var steps []string
	for _, s := range path {
		if s.Took >= 50*time.Millisecond {
			steps = append(steps, stepName(s.Op)+" "+show.Seconds(s.Took))
		}
	}
	if len(steps) > 0 {
		line += "; critical path: " + strings.Join(steps, " → ")
	}
	return line
}

// stepName drops what only makes an operation's id unique: "form-volume" for
// "task form-volume@gluster0".
func stepName(op string) string {
	for _, verb := range []ferry.Verb{ferry.RunTask, ferry.AwaitProbe} {
		if name, ok := strings.CutPrefix(op, string(verb)+" "); ok {
			name, _, _ = strings.Cut(name, "@")
			return name
		}
	}
	return op
}

// total is how long a job took, by the server's clock.
func total(end ferry.Event, start time.Time) time.Duration {
	if end.Took > 0 {
		return end.Took
	}
	return end.Time.Sub(start)
}

func accomplished(k ferry.JobKind) string { return orElse(k.Done(), "done") }

func orElse(s, other string) string {
	if s == "" {
		return other
	}
	return s
}
