package inside

import (
	"io"
	"net"
	"testing"
	"time"

	"github.com/ferry-project/ferry"
)

// A port of a node is dialled by whatever the user calls the node, a sealed one too.
func TestDial(t *testing.T) {
	s, e := reach(t)
	for _, node := range []string{"mount0", "mpi-client0"} {
		e.Listen("ferry-"+id+"-"+node, 80, func(c net.Conn) { _, _ = io.WriteString(c, "this is "+node) })
	}
	for name, want := range map[string]string{"": "mpi-client0", "desk": "mpi-client0", "mount0": "mount0"} {
		conn, err := s.Dial(t.Context(), id, name, 80)
		if err != nil {
			t.Fatal(err)
		}
		if said, err := io.ReadAll(conn); err != nil || string(said) != "this is "+want {
			t.Errorf("%q says %q, %v", name, said, err)
		}
		_ = conn.Close()
	}
}

func TestDialThatLeadsNowhere(t *testing.T) {
	s, e := reach(t)
	e.Listen("ferry-"+id+"-gluster0", 80, nil)
	if err := e.StopNode(t.Context(), "ferry-"+id+"-mount0", time.Second); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		node string
		port int
		code ferry.Code
		says string
	}{
		{"gluster0", 80, ferry.Failed, "nothing answers on port 80 of gluster0"},
		{"mount0", 80, ferry.Conflict, "mount0 of " + id + " is not running"},
		{"nobody0", 80, ferry.NotFound, "no node or connector"},
		{"gluster0", 0, ferry.Invalid, "0 is no port"},
		{"gluster0", 65536, ferry.Invalid, "65536 is no port"},
	} {
		_, err := s.Dial(t.Context(), id, c.node, c.port)
		demand(t, err, c.code, c.says)
	}
}
