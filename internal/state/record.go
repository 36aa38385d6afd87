package state

import (
	"encoding/json"
	"fmt"
	"log/slog"
	"time"

	"github.com/ferry-project/ferry"
)

// Record is all that Ferry keeps of one stack.
type Record struct {
	ID          string // sa-…
	Name        string // "": none
	Application string
	Status      ferry.Status
	Intent      ferry.Intent
	Job         string // the one that works on it now, or did last
	Created     time.Time
	Changed     time.Time
	// Undo is the job whose work a removal takes back: it leaves alone what that job
	// has not made. It is "" for a removal that the user asked for.
	Undo string
	// Plan is the one that the nodes were made by; Next the one that is wanted, nil when
	// nothing is to change. A server that is killed half way leaves both.
	Plan ferry.Plan
	Next *ferry.Plan
	// Formed are the ids of the services whose first start has ended well: from then on
	// their start is a resume, and what is on their volumes is somebody's data.
	Formed  []string
	Secrets Secrets
	// Source is the snapshot that the stack is to begin with, "" once it has.
	Source string
	// Lease is for whom the stack is kept; nil: it stays until somebody removes it.
	Lease *Lease
}

// Wanted is the plan that the stack is to be brought to.
func (r *Record) Wanted() *ferry.Plan {
	if r.Next != nil {
		return r.Next
	}
	return &r.Plan
}

// Started reports whether the stack has run, so that its data is its own.
func (r Record) Started() bool { return len(r.Formed) > 0 && r.Source == "" }

// Stack returns the record as a listing begins: the listing of the plan and what the
// engine says are to be added.
func (r Record) Stack() ferry.Stack {
	return ferry.Stack{
		ID: r.ID, Name: r.Name, Application: r.Application, Status: r.Status,
		Created: r.Created, Changed: r.Changed, Job: r.Job,
	}
}

// LogValue keeps plans and secrets out of logs.
func (r Record) LogValue() slog.Value {
	return slog.GroupValue(slog.String("id", r.ID), slog.String("status", string(r.Status)),
		slog.String("intent", string(r.Intent)))
}

// Secrets are the values of a stack's secrets: name → part → value. However it
// is printed, logged or encoded, it shows its size and nothing else.
type Secrets map[string]map[string]string

// String says how many there are.
func (s Secrets) String() string { return fmt.Sprintf("[%d secrets]", len(s)) }

// Format prints String for every verb.
func (s Secrets) Format(f fmt.State, _ rune) { fmt.Fprint(f, s.String()) }

// LogValue is String.
func (s Secrets) LogValue() slog.Value { return slog.StringValue(s.String()) }

// MarshalJSON is String; the store converts to a plain map before it writes.
func (s Secrets) MarshalJSON() ([]byte, error) { return json.Marshal(s.String()) }

// texts are the parts of a record that are stored as JSON.
type texts struct{ formed, listing, plan, next, secrets, lease string }

func encode(r Record) (t texts, err error) {
	if t.formed, err = text(append([]string{}, r.Formed...)); err != nil {
		return t, err
	}
	if t.plan, err = text(r.Plan); err != nil {
		return t, err
	}
	if r.Next != nil {
		if t.next, err = text(r.Next); err != nil {
			return t, err
		}
	}
	if t.listing, err = text(listingOf(&r.Plan, r.Next)); err != nil {
		return t, err
	}
	if t.lease, err = encodeLease(r.Lease); err != nil {
		return t, err
	}
	t.secrets, err = text(map[string]map[string]string(r.Secrets))
	return t, err
}

func text(v any) (string, error) {
	b, err := json.Marshal(v)
	return string(b), err
}
