package run

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/ferry-project/ferry"
	"github.com/ferry-project/ferry/internal/retry"
	"github.com/ferry-project/ferry/internal/secret"
	"github.com/ferry-project/ferry/internal/speak"
)

// oracle is a speaker that answers as a test wants and notes what it is told to say.
type oracle struct {
	answer func(try int) error
	heard  []string
	peers  []speak.Peer
}

func (o *oracle) Do(_ context.Context, to speak.Peer, script []byte, _ func(string)) error {
	o.heard, o.peers = append(o.heard, string(script)), append(o.peers, to)
	return o.answer(len(o.heard))
}

// consulted is the bench with a task that asks the oracle.
func (b *bench) consulted(answer func(try int) error) *oracle {
	o := &oracle{answer: answer}
	b.Speakers["delphic"] = o
	t := &b.graph.Plan.Services[0].Tasks[0]
	t.Command = nil
	t.Ask = &ferry.Ask{Protocol: "delphic", Port: 7, Script: []byte(`{"password":"` + ferry.SecretRef("db", secret.Value) + `"}`), Says: "shall we?"}
	return o
}

func TestATaskAsksUntilItIsAnswered(t *testing.T) {
	try(t, func(t *testing.T, b *bench) {
		o := b.consulted(func(try int) error {
			if try < 3 {
				return errors.New("ask later")
			}
			return nil
		})
		start := time.Now()
		if _, err := b.walk(t); err != nil {
			t.Fatal(err)
		}
		if took := time.Since(start); took != 2*askAgain || len(o.heard) != 3 {
			t.Errorf("asked %d times within %s", len(o.heard), took)
		}
		if o.heard[0] != `{"password":"`+password+`"}` || o.peers[0].Node != "a0" || o.peers[0].Port != 7 {
			t.Errorf("%s said to %+v", o.heard[0], o.peers[0])
		}
		if text := string(b.graph.Plan.Services[0].Tasks[0].Ask.Script); strings.Contains(text, password) {
			t.Errorf("the plan's own script has the secret: %s", text)
		}
	})
}

func TestATaskEndsWithAFinalAnswer(t *testing.T) {
	try(t, func(t *testing.T, b *bench) {
		o := b.consulted(func(try int) error {
			if try < 3 {
				return errors.New("ask later, " + password)
			}
			return fmt.Errorf("go home: %w", retry.Stop(errors.New("never")))
		})
		_, err := b.walk(t)
		fails(t, err, `task "format" failed in a0 with exit code 1`, "is the disk full?", "ask later, ***\ngo home: never")
		if len(o.heard) != 3 {
			t.Errorf("asked %d times", len(o.heard))
		}
	})
}

func TestATaskThatIsNeverAnsweredTimesOut(t *testing.T) {
	try(t, func(t *testing.T, b *bench) {
		b.consulted(func(int) error { return errors.New("ask later") })
		_, err := b.walk(t)
		fails(t, err, `task "format" in a0 did not end within 2m0s`, "is the disk full?", "ask later")
	})
}

// A conversation may need other nodes of the plan, and gets no others.
func TestASpeakerReachesTheNodesOfThePlan(t *testing.T) {
	try(t, func(t *testing.T, b *bench) {
		o := b.consulted(func(int) error { return nil })
		b.engine.Listen("fy-1-b1", 7, func(c net.Conn) { _, _ = io.WriteString(c, "hello") })
		if _, err := b.walk(t); err != nil {
			t.Fatal(err)
		}
		conn, err := o.peers[0].Dial(t.Context(), "b1")
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close()
		said := make([]byte, 5)
		if _, err := io.ReadFull(conn, said); err != nil || string(said) != "hello" {
			t.Errorf("%q, %v", said, err)
		}
		if _, err := o.peers[0].Dial(t.Context(), "elsewhere"); ferry.CodeOf(err) != ferry.Internal {
			t.Errorf("elsewhere: %v", err)
		}
	})
}

func TestAsksThatMakeNoSenseAreNotBegun(t *testing.T) {
	for name, change := range map[string]func(*ferry.Ask){
		`nobody speaks "latin"`: func(a *ferry.Ask) { a.Protocol = "latin" },
		"no such secret":        func(a *ferry.Ask) { a.Script = []byte(`"` + ferry.SecretRef("x", "value") + `"`) },
	} {
		t.Run(name, func(t *testing.T) {
			try(t, func(t *testing.T, b *bench) {
				o := b.consulted(func(int) error { return nil })
				s := &b.graph.Plan.Services[0]
				ask := *s.Tasks[0].Ask
				change(&ask)
				s.Tasks[0].Ask = &ask
				_, err := b.walk(t)
				if err == nil || !strings.Contains(err.Error(), name) || len(o.heard) > 0 {
					t.Errorf("task: %v, asked %q", err, o.heard)
				}
				s.Tasks[0].Ask = nil
				s.Probes[0].Ask = &ask
				if _, err := b.walk(t); err == nil || !strings.Contains(err.Error(), name) || len(o.heard) > 0 {
					t.Errorf("probe: %v, asked %q", err, o.heard)
				}
			})
		})
	}
}
