package run

import (
	"fmt"
	"net"
	"slices"
	"strings"
	"testing"

	"github.com/ferry-project/ferry"
	"github.com/ferry-project/ferry/internal/engine"
	"github.com/ferry-project/ferry/internal/engine/fake"
	"github.com/ferry-project/ferry/internal/plan"
)

const far = "far"

// apart has a part of every service on another machine.
func (b *bench) apart() *fake.Engine {
	other := fake.New()
	b.Hosts[far] = Host{Engine: other, Images: puller{other}}
	for i, n := range b.graph.Plan.Nodes {
		if slices.Contains([]string{"a1", "b0", "c0"}, n.Name) {
			b.graph.Plan.Nodes[i].Host = far
		}
	}
	other.Listen("fy-1-c0", 80, func(c net.Conn) {
		_, _ = c.Read(make([]byte, 4096))
		_, _ = fmt.Fprint(c, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")
	})
	return other
}

// have is what all engines have of the stack.
func (b *bench) have(t *testing.T) (h plan.Have) {
	t.Helper()
	of := map[string]string{ferry.LabelStack: "sa-1"}
	thing := func(name string, labels map[string]string) plan.Thing {
		return plan.Thing{Name: name, Host: labels[ferry.LabelHost]}
	}
	for id, host := range b.Hosts {
		nodes, nodesErr := host.Engine.ListNodes(t.Context(), of)
		volumes, volumesErr := host.Engine.ListVolumes(t.Context(), of)
		networks, err := host.Engine.ListNetworks(t.Context())
		if nodesErr != nil || volumesErr != nil || err != nil {
			t.Fatal(nodesErr, volumesErr, err)
		}
		for _, n := range nodes {
			state := map[engine.State]plan.NodeState{engine.Running: plan.Up, engine.Exited: plan.Down}[n.State]
			h.Nodes = append(h.Nodes, plan.HaveNode{Thing: thing(n.Name, n.Labels), Node: n.Labels[ferry.LabelNode], State: state})
			if n.Labels[ferry.LabelHost] != id {
				t.Errorf("%s on %s bears the host %s", n.Name, id, n.Labels[ferry.LabelHost])
			}
		}
		for _, v := range volumes {
			h.Volumes = append(h.Volumes, thing(v.Name, v.Labels))
		}
		for _, n := range networks {
			h.Networks = append(h.Networks, thing(n.Name, n.Labels))
		}
	}
	return h
}

// become walks the change to a goal.
func (b *bench) become(t *testing.T, past plan.Past, goal plan.Goal) []ferry.Op {
	t.Helper()
	ops, err := plan.Change(past, goal, b.have(t))
	if err != nil {
		t.Fatal(err)
	}
	b.graph.Ops = ops
	if _, err := b.walk(t); err != nil {
		t.Fatal(err)
	}
	return ops
}

func TestLifeOnTwoHosts(t *testing.T) {
	try(t, func(t *testing.T, b *bench) {
		other, p := b.apart(), b.graph.Plan
		formed := plan.Past{Formed: []string{"se-a", "se-b", "se-c"}}
		here, there := []string{"fy-1-a0", "fy-1-a2", "fy-1-b1"}, []string{"fy-1-a1", "fy-1-b0", "fy-1-c0"}
		run := func(when string, here, there []string) {
			t.Helper()
			for e, want := range map[*fake.Engine][]string{b.engine: here, other: there} {
				if got := e.Snapshot().Running; !slices.Equal(got, want) {
					t.Errorf("%s: %v runs, want %v", when, got, want)
				}
			}
		}
		b.become(t, plan.Past{}, plan.Goal{Plan: p})
		run("started", here, there)
		near, away := b.engine.Snapshot(), other.Snapshot()
		if !slices.Equal(near.Networks, away.Networks) || len(away.Networks) != 1 {
			t.Errorf("networks %v and %v", near.Networks, away.Networks)
		}
		if len(near.Volumes) != 2 || !slices.Equal(away.Volumes, []string{"fy-1-a1-brick"}) {
			t.Errorf("volumes %v and %v", near.Volumes, away.Volumes)
		}
		if len(near.Images) != 1 || len(away.Images) != 2 { // only the client needs the other image
			t.Errorf("images %v and %v", near.Images, away.Images)
		}
		b.become(t, formed, plan.Goal{Plan: p, Stopped: true})
		run("stopped", nil, nil)
		for _, o := range b.become(t, formed, plan.Goal{Plan: p}) {
			if o.Do == ferry.CreateNode || o.Do == ferry.CreateNetwork {
				t.Errorf("%s, although it is there", o.ID)
			}
		}
		run("resumed", here, there)
		b.become(t, formed, plan.Goal{})
		if left := append(b.engine.Left(), other.Left()...); len(left) > 0 {
			t.Errorf("left: %v", left)
		}
	})
}

// The end of a node is heard of on whatever host it is.
func TestDeathOnAnotherHost(t *testing.T) {
	try(t, func(t *testing.T, b *bench) {
		other := b.apart()
		other.OnStart = func(node string) {
			if node == "fy-1-c0" {
				other.Exit(node, 3)
			}
		}
		other.Listen("fy-1-c0", 80, nil)
		ops, err := plan.Change(plan.Past{}, plan.Goal{Plan: b.graph.Plan}, plan.Have{})
		if err != nil {
			t.Fatal(err)
		}
		b.graph.Ops = ops
		if _, err = b.walk(t); err == nil || !strings.Contains(err.Error(), "c0 stopped with exit code 3") {
			t.Errorf("got %v", err)
		}
	})
}

func TestHostsThatCannotBe(t *testing.T) {
	for want, edit := range map[string]func(*ferry.Op){
		"which nobody knows": func(o *ferry.Op) { o.Node, o.Host = "", "moon" },
		`and node b1 on`:     func(o *ferry.Op) { o.Host = far },
	} {
		try(t, func(t *testing.T, b *bench) {
			b.apart()
			b.graph.Ops = []ferry.Op{{ID: "start b1", Do: ferry.StartNode, Node: "b1", Host: ferry.LocalHost}}
			b.change("start b1", edit)
			if _, err := b.walk(t); ferry.CodeOf(err) != ferry.Internal || !strings.Contains(err.Error(), want) {
				t.Errorf("got %v, want %q", err, want)
			}
		})
	}
}
