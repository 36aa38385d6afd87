package state

import (
	"context"
	"encoding/json"
	"fmt"
	"time"
)

// Lease is for whom a stack is kept: it goes when nobody holds it any more.
type Lease struct {
	// Until is when the stack goes unless somebody holds it by then; zero: it is held.
	Until time.Time `json:"until,omitzero"`
	// Linger is how long it stays after the last one has let go.
	Linger time.Duration `json:"linger,omitempty"`
	// Digest is of the plan, for who wants a stack of the same to share it; "": nobody does.
	Digest string `json:"digest,omitempty"`
	// Over: it has run out, and nobody can hold it any more.
	Over bool `json:"over,omitempty"`
}

// Due reports whether the stack is to go by now.
func (l Lease) Due(now time.Time) bool { return l.Over || !l.Until.IsZero() && !l.Until.After(now) }

// Leased is a stack with a lease.
type Leased struct {
	Stack string
	Lease Lease
}

// Leased lists the stacks with a lease.
func (s *Store) Leased(ctx context.Context) ([]Leased, error) {
	all, err := collect(ctx, s.read, scanLeased, `SELECT id, lease FROM stacks WHERE lease <> '' ORDER BY created, id`)
	if err != nil {
		return nil, fmt.Errorf("list leases: %w", err)
	}
	return all, nil
}

func scanLeased(row scanner) (l Leased, err error) {
	var body string
	if err = row.Scan(&l.Stack, &body); err == nil {
		err = json.Unmarshal([]byte(body), &l.Lease)
	}
	return l, err
}

func encodeLease(l *Lease) (string, error) {
	if l == nil {
		return "", nil
	}
	return text(l)
}

func decodeLease(body string) (*Lease, error) {
	if body == "" {
		return nil, nil
	}
	l := &Lease{}
	return l, json.Unmarshal([]byte(body), l)
}
