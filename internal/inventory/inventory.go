// Package inventory is what there is: the stacks that records know, what the engine has
// of each, and those that only the engine knows. It only looks.
package inventory

import (
	"context"

	"github.com/ferry-project/ferry"
	"github.com/ferry-project/ferry/internal/engine"
	"github.com/ferry-project/ferry/internal/state"
)

// Inventory looks into records and engine.
type Inventory struct {
	Engine  engine.Engine
	Records Records
	Owed    Owed
	// HomeLabel is what everything of this FERRY_HOME is labelled with.
	HomeLabel string
}

// Records are read.
type Records interface {
	Find(ctx context.Context, ref string) (state.Record, error)
	List(ctx context.Context) ([]state.Listed, error)
	IDs(ctx context.Context) ([]string, error)
}

// Owed is what could not be recorded yet.
type Owed interface {
	Pay(ctx context.Context) error
	// Problem says that what became of a stack is owed, "" when it is not.
	Problem(stack string) string
}

// Find returns a record, or an error in the user's words.
func (v *Inventory) Find(ctx context.Context, ref string) (state.Record, error) {
	_ = v.Owed.Pay(ctx) // if it cannot, the record is the older one
	rec, err := v.Records.Find(ctx, ref)
	if ferry.CodeOf(err) == ferry.NotFound {
		return rec, v.orLost(ctx, ref, err)
	}
	return rec, err
}

// Mine returns the labels that everything of this FERRY_HOME bears.
func (v *Inventory) Mine() map[string]string {
	return map[string]string{ferry.LabelHome: v.HomeLabel}
}

// Of returns the labels that everything of one stack bears.
func (v *Inventory) Of(stack string) map[string]string {
	return map[string]string{ferry.LabelHome: v.HomeLabel, ferry.LabelStack: stack}
}
