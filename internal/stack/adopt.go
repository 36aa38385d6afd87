package stack

import (
	"context"
	"errors"
	"fmt"

	"github.com/ferry-project/ferry"
	"github.com/ferry-project/ferry/internal/inventory"
	"github.com/ferry-project/ferry/internal/keyring"
	"github.com/ferry-project/ferry/internal/plan"
	"github.com/ferry-project/ferry/internal/state"
)

// Adopt rebuilds the records of stacks that only the engine knows, from the plan on
// the labels of each one's network or first volume. Secrets are not on labels: they
// are read from the files of its nodes. One that cannot be adopted stays lost, with
// the reason, and is in nobody's way.
func (m *Manager) Adopt(ctx context.Context) ([]ferry.Stack, error) {
	m.planned.Lock()
	defer m.planned.Unlock()
	lost, err := m.inventory.Lost(ctx)
	if err != nil {
		return nil, err
	}
	stacks, adopted := []ferry.Stack{}, 0
	var faults []error
	for _, l := range lost {
		s, err := m.adopt(ctx, l)
		if err != nil {
			s = ferry.Stack{ID: l.ID, Status: ferry.Lost, Problems: []string{"it is not adopted: " + err.Error()}}
			faults = append(faults, fmt.Errorf("adopt %s: %w", l.ID, err))
		} else {
			adopted++
		}
		stacks = append(stacks, s)
	}
	if adopted == 0 && len(faults) > 0 {
		return nil, errors.Join(faults...)
	}
	return stacks, nil
}

// adopt: what is adopted has been started. Were it taken for new, a start would make
// empty volumes in place of lost ones, and an undo might take what is left.
func (m *Manager) adopt(ctx context.Context, l inventory.Lost) (ferry.Stack, error) {
	p, err := l.Plan()
	if err != nil {
		return ferry.Stack{}, err
	}
	have, err := m.inventory.Have(ctx, p.Stack)
	if err != nil {
		return ferry.Stack{}, err
	}
	secrets, err := keyring.Of(m.engine, m.work.Walker, p, have).Recall(ctx, nil)
	if err != nil {
		return ferry.Stack{}, err
	}
	status, intent := adoptedStatus(have)
	rec := state.Record{
		ID: p.Stack, Name: p.Name, Application: p.Application.Name, Status: status,
		Created: m.now(), Changed: m.now(), Intent: intent, Plan: *p, Formed: p.ServiceIDs(), Secrets: state.Secrets(secrets),
	}
	return m.take(ctx, rec)
}

// take records an adopted stack, without its name where another has that by now.
func (m *Manager) take(ctx context.Context, rec state.Record) (ferry.Stack, error) {
	err := m.store.Create(ctx, rec)
	if ferry.CodeOf(err) != ferry.Conflict || rec.Name == "" {
		return rec.Stack(), err
	}
	why := err.Error()
	rec.Name = ""
	if err := m.store.Create(ctx, rec); err != nil {
		return ferry.Stack{}, err
	}
	s := rec.Stack()
	s.Problems = []string{"it is adopted without its name: " + why}
	return s, nil
}

// adoptedStatus returns what an adopted stack is: one of which anything runs is meant to run.
func adoptedStatus(have plan.Have) (ferry.Status, ferry.Intent) {
	if len(have.Up()) > 0 {
		return ferry.Running, ferry.WantRunning
	}
	return ferry.Stopped, ferry.WantStopped
}
