package job

import "github.com/ferry-project/ferry"

// Announce says what work of a kind there is to do. A start that stops or
// removes is being undone.
func (js *Jobs) Announce(stack string, kind ferry.JobKind, ops []ferry.Op) {
	e := ferry.Event{Kind: ferry.JobStarted, Total: len(ops), Ops: ops}
	j := js.Of(stack)
	starts := j != nil && (j.Kind == ferry.StartJob || j.Kind == ferry.ResumeJob)
	if starts && (kind == ferry.StopJob || kind == ferry.RemoveJob) {
		e.Message = "undoing"
	}
	js.Publish(stack, e)
}

// Publish sends an event of the job that works on a stack.
func (js *Jobs) Publish(stack string, e ferry.Event) {
	e.Stack = stack
	if j := js.Of(stack); j != nil {
		e.Job = j.ID
	}
	js.events.Publish(e)
}

// ID returns the id of the job that works on a stack.
func (js *Jobs) ID(stack string) string {
	if j := js.Of(stack); j != nil {
		return j.ID
	}
	return ""
}
