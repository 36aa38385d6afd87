package personality

import (
	"time"

	"github.com/ferry-project/ferry"
)

// hookTimeout bounds a user's own hook scripts; they may load data.
const hookTimeout = 10 * time.Minute

// Hooks adds the tasks that run a connector's own scripts, the files below
// /service/runscripts/{start,restart,stop,test}, in alphanumeric order. They run
// as user, once everything the connector uses is ready.
func Hooks(b *ferry.Blueprint, node, user string, beneath []ferry.Export) {
	ready := readyOf(beneath, b.Probes)
	hook := func(event string, when ferry.Phase, after []string) ferry.Task {
		return ferry.Task{
			Name: event + "-hooks@" + node, Node: node, User: user, When: when, After: after,
			Command: []string{"/usr/lib/ferry/run-hooks", event},
			Timeout: hookTimeout,
			Hint:    "the scripts are in /service/runscripts/" + event + " of " + node,
		}
	}
	b.Tasks = append(b.Tasks,
		hook("start", ferry.FirstStart, ready),
		hook("restart", ferry.Resume, ready),
		hook("stop", ferry.BeforeStop, nil))
	b.Tests = append(b.Tests, hook("test", ferry.OnTest, nil))
}

func readyOf(beneath []ferry.Export, own []ferry.Probe) []string {
	var after []string
	for _, e := range beneath {
		after = append(after, "ready "+e.Nodes[0])
	}
	for _, p := range own {
		after = append(after, p.Name)
	}
	return after
}
