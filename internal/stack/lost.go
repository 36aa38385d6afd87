package stack

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/ferry-project/ferry"
	"github.com/ferry-project/ferry/internal/engine"
	"github.com/ferry-project/ferry/internal/run"
	"github.com/ferry-project/ferry/internal/state"
)

// lostStack is one of this home that the engine has and no record knows: its
// database was deleted, cut, or is an older copy.
type lostStack struct {
	id    string
	label string // the plan, from its network or its first volume; "": neither is left
}

// plan is that of the label, which must be of this stack.
func (l lostStack) plan() (*ferry.Plan, error) {
	if l.label == "" {
		return nil, ferry.Errorf(ferry.Failed, "neither its network nor its first volume is left, which would say what %s is", l.id).
			WithHint("its other volumes are untouched: docker volume ls --filter label=%s=%s", ferry.LabelStack, l.id)
	}
	p, err := run.DecodePlan(l.label)
	if err != nil {
		return nil, err
	}
	if p.Stack != l.id {
		return nil, ferry.Errorf(ferry.Failed, "the plan on the labels of %s is that of %s", l.id, p.Stack)
	}
	return p, nil
}

// lost lists the stacks without a record. It looks into the records last: a stack
// that is just being made or removed is not lost.
func (m *Manager) lost(ctx context.Context) ([]lostStack, error) {
	seen, err := m.onEngine(ctx)
	if err != nil {
		return nil, err
	}
	known, err := m.Store.IDs(ctx)
	if err != nil {
		return nil, err
	}
	for _, id := range known {
		delete(seen, id)
	}
	var lost []lostStack
	for id, label := range seen {
		lost = append(lost, lostStack{id: id, label: label})
	}
	slices.SortFunc(lost, func(a, b lostStack) int { return cmp.Compare(a.id, b.id) })
	return lost, nil
}

// onEngine returns the plan's label of every stack of this home that has a network
// or a volume.
func (m *Manager) onEngine(ctx context.Context) (map[string]string, error) {
	networks, err := m.Engine.ListNetworks(ctx)
	if err != nil {
		return nil, engine.Explain(err)
	}
	volumes, err := m.Engine.ListVolumes(ctx, m.mine())
	if err != nil {
		return nil, engine.Explain(err)
	}
	plans := map[string]*newest{}
	add := func(of map[string]string) {
		id := of[ferry.LabelStack]
		if id == "" || of[ferry.LabelHome] != m.HomeLabel {
			return
		}
		if plans[id] == nil {
			plans[id] = &newest{}
		}
		plans[id].see(of)
	}
	for _, n := range networks {
		add(n.Labels)
	}
	for _, v := range volumes {
		add(v.Labels)
	}
	labels := map[string]string{}
	for id, n := range plans {
		labels[id] = n.label
	}
	return labels, nil
}

// without leaves out those that a listing of records has, made before this one:
// a stack that was removed in between is not lost either.
func without(lost []lostStack, recorded []state.Listed) []lostStack {
	return slices.DeleteFunc(lost, func(l lostStack) bool {
		return slices.ContainsFunc(recorded, func(s state.Listed) bool { return s.ID == l.id })
	})
}

// view shows a lost stack in a listing.
func (l lostStack) view() ferry.Stack {
	s := ferry.Stack{ID: l.id, Status: ferry.Lost}
	p, err := l.plan()
	if err != nil {
		s.Problems = []string{"its record is lost: " + err.Error()}
		return s
	}
	s.Name, s.Application, s.Services = p.Name, p.Application.Name, state.ListingOf(p).Services
	s.Problems = []string{"its record is lost, its data is there: ferry adopt takes it back"}
	return s
}

// named reports whether ref means this stack, as Store.Find would.
func (l lostStack) named(ref string) bool {
	begin := "sa-" + strings.TrimPrefix(ref, "sa-")
	if begin != "sa-" && strings.HasPrefix(l.id, begin) {
		return true
	}
	p, err := l.plan()
	return err == nil && p.Name != "" && p.Name == ref
}

// orLost says of a stack that no record knows that the engine has it, if so.
func (m *Manager) orLost(ctx context.Context, ref string, unknown error) error {
	lost, err := m.lost(ctx)
	if err != nil {
		return unknown
	}
	for _, l := range lost {
		if l.named(ref) {
			return ferry.Errorf(ferry.Conflict, "the record of %s is lost; its containers and volumes are there", l.id).
				WithHint("ferry adopt takes it back")
		}
	}
	return unknown
}

// tellLost says at the start of a new stack that older ones wait to be adopted: a user
// who finds a listing empty may start again what is only lost.
func (m *Manager) tellLost(ctx context.Context, stack string) {
	lost, err := m.lost(ctx)
	if err != nil || len(lost) == 0 {
		return
	}
	m.publish(stack, ferry.Event{Kind: ferry.Note, Message: fmt.Sprintf(
		"the records of %s are lost, their data is there: ferry adopt takes them back", strings.Join(ids(lost), ", "))})
}

func ids(lost []lostStack) []string {
	var all []string
	for _, l := range lost {
		all = append(all, l.id)
	}
	return all
}
