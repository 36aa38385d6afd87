package run

import (
	"context"
	"fmt"
	"net"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/goleak"

	"github.com/ferry-project/ferry"
	"github.com/ferry-project/ferry/internal/engine"
	"github.com/ferry-project/ferry/internal/engine/fake"
	"github.com/ferry-project/ferry/internal/script"
	"github.com/ferry-project/ferry/internal/secret"
	"github.com/ferry-project/ferry/internal/speak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const password = "pw-0123456789abcdefghij"

// bench is one walker on a fake engine, with every event it publishes.
type bench struct {
	*Walker
	engine *fake.Engine
	graph  Graph

	mu     sync.Mutex
	events []ferry.Event
}

// newBench has a plan of six nodes: a storage of three with volumes, a task and
// an exec probe; a compute of two with a TCP probe; a client with an HTTP probe.
func newBench() *bench {
	b := &bench{engine: fake.New()}
	p := sixNodes()
	b.graph = Graph{
		Job: "jo-1", Plan: p, Ops: startOps(p),
		Secrets: secret.Values{"db": {secret.Value: password}},
	}
	b.Walker = &Walker{
		Hosts: Local(b.engine, puller{b.engine}), Publish: b.publish,
		Supervise: func(n ferry.Node) []ferry.File {
			return []ferry.File{{Path: "/etc/ferry/services/d/run", Content: "run " + n.Name, Mode: 0o755}}
		},
		Speakers: speak.Speakers{"tcp": speak.TCP{}, "http": speak.HTTP{}},
		Home:     "/home/me/.ferry", Version: "1.2.3",
	}
	b.engine.Listen("fy-1-c0", 80, func(c net.Conn) {
		_, _ = c.Read(make([]byte, 4096))
		_, _ = fmt.Fprint(c, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")
	})
	return b
}

// try runs a test in a bubble with a clock of its own; it fails on goroutines left behind.
func try(t *testing.T, test func(t *testing.T, b *bench)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		test(t, newBench())
	})
}

// use puts another engine in place of the fake one, which may be behind it.
func (b *bench) use(e engine.Engine) { b.Hosts = Local(e, puller{b.engine}) }

func (b *bench) walk(t *testing.T) ([]ferry.Step, error) {
	t.Helper()
	return b.Walk(t.Context(), b.graph)
}

func (b *bench) publish(e ferry.Event) {
	b.mu.Lock()
	defer b.mu.Unlock()
	e.Seq = int64(len(b.events) + 1)
	b.events = append(b.events, e)
}

// told returns the events of a kind, of one operation or of all ("").
func (b *bench) told(kind ferry.EventKind, op string) []ferry.Event {
	b.mu.Lock()
	defer b.mu.Unlock()
	return slices.DeleteFunc(slices.Clone(b.events), func(e ferry.Event) bool {
		return e.Kind != kind || op != "" && e.Op != op
	})
}

// change edits operations of the graph.
func (b *bench) change(id string, edit func(*ferry.Op)) {
	for i := range b.graph.Ops {
		if b.graph.Ops[i].ID == id {
			edit(&b.graph.Ops[i])
		}
	}
}

// puller makes images by a call of the engine, so that a crash can hit it.
type puller struct{ engine *fake.Engine }

func (p puller) Ensure(ctx context.Context, ref ferry.ImageRef, progress func(string)) error {
	progress("pulling " + ref.Recipe)
	return p.engine.PullImage(ctx, ref.Ref, ref.Ref)
}

func sixNodes() *ferry.Plan {
	p := &ferry.Plan{
		Format: 1, Stack: "sa-1",
		Network: ferry.Network{Name: "fy-1", Host: ferry.LocalHost, Subnet: "10.1.0.0/24", Gateway: "10.1.0.1"},
		Images:  []ferry.ImageRef{{Recipe: "base", Ref: "ferry/base:1"}, {Recipe: "client", Ref: "ferry/client:1"}},
		Services: []ferry.Planned{
			{
				ID: "se-a", Class: ferry.Storage, Nodes: []string{"a0", "a1", "a2"},
				Tasks:  []ferry.Task{{Name: "format", Node: "a0", Command: []string{"format", "--all"}, User: "ferry", Env: map[string]string{"PW": ferry.SecretRef("db", secret.Value)}, When: ferry.FirstStart, Hint: "is the disk full?"}},
				Probes: []ferry.Probe{{Name: "members", Node: "a0", Command: []string{"members"}, Description: "all members are seen", Hint: "look at its log"}},
				Tests:  []ferry.Task{{Name: "smoke", Node: "a1", Command: []string{"smoke"}}},
			},
			{ID: "se-b", Class: ferry.Compute, Nodes: []string{"b0", "b1"}, Probes: []ferry.Probe{{Name: "port", Node: "b0", Ask: script.TCP(22), Description: "sshd listens"}}},
			{ID: "se-c", Class: ferry.Connector, Nodes: []string{"c0"}, Probes: []ferry.Probe{{Name: "page", Node: "c0", Ask: script.HTTP{Path: "/", Expect: "^ok$"}.Ask(80), Description: "the page is there"}}},
		},
	}
	for i, name := range []string{"a0", "a1", "a2", "b0", "b1", "c0"} {
		n := ferry.Node{Service: "se-" + name[:1], Host: ferry.LocalHost, Address: fmt.Sprintf("10.1.0.%d", i+2), Container: "fy-1-" + name, Ref: "ferry/base:1"}
		n.Name = name
		n.Files = []ferry.File{{Path: "/etc/app.conf", Content: "password=" + ferry.SecretRef("db", secret.Value)}}
		if name[0] == 'a' {
			n.Volumes = []ferry.Volume{{Name: "brick", Path: "/data"}}
		}
		if name == "c0" {
			n.Ref = "ferry/client:1"
		}
		p.Nodes = append(p.Nodes, n)
	}
	return p
}

// startOps is the graph of a start as the planner makes it.
func startOps(p *ferry.Plan) []ferry.Op {
	var ops []ferry.Op
	add := func(o ferry.Op, after ...string) {
		o.Host, o.After, o.Why = ferry.LocalHost, after, "it must be"
		ops = append(ops, o)
	}
	for _, i := range p.Images {
		add(ferry.Op{ID: "image " + i.Ref, Do: ferry.EnsureImage, Name: i.Ref})
	}
	add(ferry.Op{ID: "network", Do: ferry.CreateNetwork, Name: p.Network.Name})
	for _, n := range p.Nodes {
		op := func(do ferry.Verb, name string, after ...string) {
			add(ferry.Op{ID: string(do) + " " + n.Name, Do: do, Service: n.Service, Node: n.Name, Name: name}, after...)
		}
		before := []string{"network", "image " + n.Ref}
		if len(n.Volumes) > 0 {
			op(ferry.CreateVolume, "brick")
			before = append(before, "volume "+n.Name)
		}
		op(ferry.CreateNode, "", before...)
		op(ferry.StartNode, "", "create "+n.Name)
	}
	for _, s := range p.Services {
		ready := []string{"start " + s.Nodes[0]}
		for _, t := range s.Tasks {
			add(ferry.Op{ID: "task " + t.Name, Do: ferry.RunTask, Service: s.ID, Node: t.Node, Name: t.Name}, "start "+t.Node)
			ready = append(ready, "task "+t.Name)
		}
		for _, pr := range s.Probes {
			add(ferry.Op{ID: "probe " + pr.Name, Do: ferry.AwaitProbe, Service: s.ID, Node: pr.Node, Name: pr.Name}, ready...)
		}
		add(ferry.Op{ID: "ready " + s.Nodes[0], Do: ferry.Ready, Service: s.ID}, "probe "+s.Probes[0].Name)
	}
	return ops
}

// pause takes time of the bubble's clock.
func pause(ctx context.Context, d time.Duration) error {
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-time.After(d):
		return nil
	}
}
