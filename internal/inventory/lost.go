package inventory

import (
	"cmp"
	"context"
	"slices"
	"strings"

	"github.com/ferry-project/ferry"
	"github.com/ferry-project/ferry/internal/engine"
	"github.com/ferry-project/ferry/internal/run"
	"github.com/ferry-project/ferry/internal/state"
)

// Lost is one of this home that the engine has and no record knows: its
// database was deleted, cut, or is an older copy.
type Lost struct {
	ID    string
	label string // the plan, from its network or its first volume; "": neither is left
}

// Plan returns the plan of the label, which must be of this stack.
func (l Lost) Plan() (*ferry.Plan, error) {
	if l.label == "" {
		return nil, ferry.Errorf(ferry.Failed, "neither its network nor its first volume is left, which would say what %s is", l.ID).
			WithHint("its other volumes are untouched: docker volume ls --filter label=%s=%s", ferry.LabelStack, l.ID)
	}
	p, err := run.DecodePlan(l.label)
	if err != nil {
		return nil, err
	}
	if p.Stack != l.ID {
		return nil, ferry.Errorf(ferry.Failed, "the plan on the labels of %s is that of %s", l.ID, p.Stack)
	}
	return p, nil
}

// Lost lists the stacks without a record. It looks into the records last: a stack
// that is just being made or removed is not lost.
func (v *Inventory) Lost(ctx context.Context) ([]Lost, error) {
	seen, err := v.onEngine(ctx)
	if err != nil {
		return nil, err
	}
	known, err := v.Records.IDs(ctx)
	if err != nil {
		return nil, err
	}
	for _, id := range known {
		delete(seen, id)
	}
	var lost []Lost
	for id, n := range seen {
		lost = append(lost, Lost{ID: id, label: n.label})
	}
	slices.SortFunc(lost, func(a, b Lost) int { return cmp.Compare(a.ID, b.ID) })
	return lost, nil
}

// onEngine returns the newest plan's label of every stack of this home that has a network
// or a volume.
func (v *Inventory) onEngine(ctx context.Context) (map[string]*newest, error) {
	networks, err := v.Engine.ListNetworks(ctx)
	if err != nil {
		return nil, engine.Explain(err)
	}
	volumes, err := v.Engine.ListVolumes(ctx, v.Mine())
	if err != nil {
		return nil, engine.Explain(err)
	}
	plans := map[string]*newest{}
	add := func(of map[string]string) {
		id := of[ferry.LabelStack]
		if id == "" || of[ferry.LabelHome] != v.HomeLabel {
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
	return plans, nil
}

// without leaves out those that a listing of records has, made before this one:
// a stack that was removed in between is not lost either.
func without(lost []Lost, recorded []state.Listed) []Lost {
	return slices.DeleteFunc(lost, func(l Lost) bool {
		return slices.ContainsFunc(recorded, func(s state.Listed) bool { return s.ID == l.ID })
	})
}

// view shows a lost stack in a listing.
func (l Lost) view() ferry.Stack {
	s := ferry.Stack{ID: l.ID, Status: ferry.Lost}
	p, err := l.Plan()
	if err != nil {
		s.Problems = []string{"its record is lost: " + err.Error()}
		return s
	}
	s.Name, s.Application, s.Services = p.Name, p.Application.Name, state.ListingOf(p).Services
	s.Problems = []string{"its record is lost, its data is there: ferry adopt takes it back"}
	return s
}

// named reports whether ref means this stack, as Store.Find would.
func (l Lost) named(ref string) bool {
	begin := "sa-" + strings.TrimPrefix(ref, "sa-")
	if begin != "sa-" && strings.HasPrefix(l.ID, begin) {
		return true
	}
	p, err := l.Plan()
	return err == nil && p.Name != "" && p.Name == ref
}

// orLost says of a stack that no record knows that the engine has it, if so.
func (v *Inventory) orLost(ctx context.Context, ref string, unknown error) error {
	lost, err := v.Lost(ctx)
	if err != nil {
		return unknown
	}
	for _, l := range lost {
		if l.named(ref) {
			return ferry.Errorf(ferry.Conflict, "the record of %s is lost; its containers and volumes are there", l.ID).
				WithHint("ferry adopt takes it back")
		}
	}
	return unknown
}
