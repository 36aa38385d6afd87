package probe

import (
	"context"
	"errors"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/ferry-project/ferry"
	"github.com/ferry-project/ferry/internal/engine"
)

// refusing is a node whose ports are closed.
type refusing struct{ ports chan int }

func (r refusing) Dial(_ context.Context, _ string, port int) (net.Conn, error) {
	select {
	case r.ports <- port:
	default:
	}
	return nil, errors.New("connection refused")
}

func (refusing) Exec(context.Context, string, engine.Exec) (int, error) {
	return 0, errors.New("a CQL probe starts no command")
}

func TestCQLProbeAsksItsPortUntilItsDeadline(t *testing.T) {
	r := refusing{make(chan int, 1)}
	p := ferry.Probe{Name: "ring", Node: "a", Kind: ferry.CQLProbe, Description: "it is a ring", Deadline: 200 * time.Millisecond, CQL: &ferry.CQL{Port: 9042}}
	err := Wait(t.Context(), r, "a", p, Options{})
	if !errors.Is(err, ErrDeadline) || !strings.Contains(err.Error(), "connection refused") {
		t.Errorf("got %v", err)
	}
	if port := <-r.ports; port != 9042 {
		t.Errorf("asked port %d", port)
	}
}

func TestCQLProbeThatMakesNoSense(t *testing.T) {
	for name, work := range map[string]*ferry.CQL{"nothing to ask": nil, "of other nodes": {Agree: []string{"b"}}} {
		t.Run(name, func(t *testing.T) {
			err := Wait(t.Context(), refusing{}, "a", ferry.Probe{Name: "ring", Kind: ferry.CQLProbe, CQL: work}, Options{})
			if ferry.CodeOf(err) != ferry.Internal {
				t.Errorf("got %v", err)
			}
		})
	}
}
