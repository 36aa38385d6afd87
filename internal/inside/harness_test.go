package inside

import (
	"context"
	"strings"
	"testing"

	"github.com/ferry-project/ferry"
	"github.com/ferry-project/ferry/internal/engine"
	"github.com/ferry-project/ferry/internal/engine/fake"
	"github.com/ferry-project/ferry/internal/state"
)

const id = "sa-00000001"

// record is the one there is.
type record struct{ state.Record }

func (r record) Find(_ context.Context, ref string) (state.Record, error) {
	if ref != r.ID {
		return state.Record{}, ferry.Errorf(ferry.NotFound, "there is no stack %s", ref)
	}
	return r.Record, nil
}

// reach is a stack of three running nodes: a storage's, whose user is root, a sealed
// one, and a connector.
func reach(t *testing.T) (*Reach, *fake.Engine) {
	t.Helper()
	nodes := []ferry.Node{node("gluster0", "", ""), node("mount0", "", ""), node("mpi-client0", "ferry", "/home/ferry")}
	nodes[1].Sealed = true
	e := fake.New()
	e.AddImage("img:1", nil)
	for _, n := range nodes {
		labels := map[string]string{ferry.LabelHome: "home", ferry.LabelStack: id, ferry.LabelNode: n.Name}
		if err := e.CreateNode(t.Context(), engine.Spec{Name: n.Container, Image: "img:1", Labels: labels}); err != nil {
			t.Fatal(err)
		}
		if err := e.StartNode(t.Context(), n.Container); err != nil {
			t.Fatal(err)
		}
	}
	p := ferry.Plan{Stack: id, Nodes: nodes, Services: []ferry.Planned{
		{ID: "se-1", Class: ferry.Storage, Nodes: []string{"gluster0", "mount0"}},
		{ID: "se-2", Class: ferry.Connector, Nodes: []string{"mpi-client0"}, Spec: ferry.Service{Name: "desk"}},
	}}
	return &Reach{Engine: e, HomeLabel: "home", Records: record{state.Record{ID: id, Plan: p}}}, e
}

func node(name, login, home string) ferry.Node {
	return ferry.Node{
		NodeBlueprint: ferry.NodeBlueprint{Name: name, Login: login, Home: home}, Container: "ferry-" + id + "-" + name,
	}
}

func demand(t *testing.T, err error, code ferry.Code, says string) {
	t.Helper()
	if ferry.CodeOf(err) != code || err == nil || !strings.Contains(err.Error(), says) {
		t.Errorf("got %v (%s), want %q (%s)", err, ferry.CodeOf(err), says, code)
	}
}
