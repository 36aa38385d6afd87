package inside

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/ferry-project/ferry"
	"github.com/ferry-project/ferry/internal/api"
	"github.com/ferry-project/ferry/internal/engine"
)

// A node that cannot be reached is reported by its own name and its stack's id, neither of
// them cut out of what the engine calls it.
func TestExecInAStoppedNode(t *testing.T) {
	s, e := reach(t)
	if err := e.StopNode(t.Context(), "ferry-"+id+"-mpi-client0", time.Second); err != nil {
		t.Fatal(err)
	}
	_, err := s.Exec(t.Context(), id, api.ExecRequest{Node: "mpi-client0", Command: []string{"true"}}, api.Streams{})
	demand(t, err, ferry.Conflict, "mpi-client0 of "+id+" is not running")
}

// Nodes are found by what users call them, and commands begin as the node's user in its
// home. A sealed node takes none.
func TestWhichNodeIsMeant(t *testing.T) {
	s, e := reach(t)
	var in string
	var got engine.Exec
	e.OnRun = func(_ context.Context, node string, x engine.Exec) (int, error) {
		in, got = strings.TrimPrefix(node, "ferry-"+id+"-"), x
		return 3, nil
	}
	for name, want := range map[string]string{"": "mpi-client0", "desk": "mpi-client0", "se-1": "gluster0", "gluster0": "gluster0"} {
		if code, err := s.Exec(t.Context(), id, api.ExecRequest{Node: name}, api.Streams{}); code != 3 || err != nil || in != want {
			t.Errorf("%q is %s: %d, %v", name, in, code, err)
		}
		if want == "mpi-client0" && (got.User != "ferry" || got.Dir != "/home/ferry" || got.Command[0] != "/bin/bash") {
			t.Errorf("%q runs %+v", name, got)
		}
	}
	_, err := s.Exec(t.Context(), id, api.ExecRequest{Node: "mount0"}, api.Streams{})
	demand(t, err, ferry.Conflict, "takes no commands")
	_, err = s.Exec(t.Context(), id, api.ExecRequest{Node: "mpi-clint0"}, api.Streams{})
	demand(t, err, ferry.NotFound, "no node or connector")
}

func TestCommandThatIsNotThere(t *testing.T) {
	s, e := reach(t)
	e.OnRun = func(context.Context, string, engine.Exec) (int, error) {
		return 127, errors.New("it cannot be run: not found")
	}
	for _, tty := range []bool{false, true} {
		var out, talk bytes.Buffer
		code, err := s.Exec(t.Context(), id, api.ExecRequest{Command: []string{"nothing"}, TTY: tty}, api.Streams{Out: &out, Err: &talk})
		if err != nil || code != 127 {
			t.Errorf("exit code %d, %v", code, err)
		}
		said := map[bool]string{false: talk.String(), true: out.String()}[tty]
		if !strings.Contains(said, "cannot be run") {
			t.Errorf("it says %q on stdout and %q on stderr", out.String(), talk.String())
		}
	}
}

// A stack that is being made, or removed, has the logs of those nodes that are there.
func TestLogsOfWhatIsThere(t *testing.T) {
	s, e := reach(t)
	e.Print("ferry-"+id+"-mpi-client0", "hello")
	if err := e.RemoveNode(t.Context(), "ferry-"+id+"-gluster0"); err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	if err := s.Logs(t.Context(), id, api.LogsRequest{}, &out); err != nil || out.String() != "mpi-client0 | hello\n" {
		t.Errorf("%q, %v", out.String(), err)
	}
	demand(t, s.Logs(t.Context(), id, api.LogsRequest{Node: "gluster0"}, &out), ferry.NotFound, "gluster0 of "+id+" has no log")
}

// A node that is down when it is asked, and up when it is looked at, was not running.
func TestNodeThatComesUpMeanwhile(t *testing.T) {
	s, e := reach(t)
	e.OnRun = func(context.Context, string, engine.Exec) (int, error) {
		return 0, fmt.Errorf("exec: %w: it is not running but exited", engine.ErrConflict)
	}
	_, err := s.CopyFrom(t.Context(), id, "gluster0", "/tmp")
	demand(t, err, ferry.Conflict, "gluster0 of "+id+" is not running")
}
