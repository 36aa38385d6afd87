package state

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/ferry-project/ferry"
)

const stackColumns = `id, coalesce(name, ''), application, status, job, created, changed, problems`

// Create adds a record, and the jobs that begin with it, all or nothing; Created and
// Changed are set when they are zero. An id or a name that another stack has gives a
// ferry.Conflict.
func (s *Store) Create(ctx context.Context, r Record, begin ...ferry.Job) error {
	now := s.now()
	if r.Stack.Created.IsZero() {
		r.Stack.Created = now
	}
	if r.Stack.Changed.IsZero() {
		r.Stack.Changed = now
	}
	t, err := encode(r)
	if err != nil {
		return fmt.Errorf("record stack %s: %w", r.Stack.ID, err)
	}
	return s.change(ctx, "record stack "+r.Stack.ID, func(tx *sql.Tx) error {
		if err := free(ctx, tx, r.Stack, ""); err != nil {
			return err
		}
		if err := insert(ctx, tx, r, t); err != nil {
			return err
		}
		for _, j := range begin {
			if err := s.beginJob(ctx, tx, j); err != nil {
				return err
			}
		}
		return nil
	})
}

func insert(ctx context.Context, tx *sql.Tx, r Record, t texts) error {
	k := r.Stack
	_, err := tx.ExecContext(ctx, `INSERT INTO stacks
		(id, name, application, status, intent, undo, formed, job, created, changed, problems)
		VALUES (?, nullif(?, ''), ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
		k.ID, k.Name, k.Application, k.Status, r.Intent, r.Undo, t.formed, k.Job, nanos(k.Created), nanos(k.Changed), t.problems)
	if err != nil {
		return err
	}
	_, err = tx.ExecContext(ctx, `INSERT INTO plans (stack, plan, next, secrets) VALUES (?, ?, ?, ?)`, k.ID, t.plan, t.next, t.secrets)
	return err
}

// free tells whether k's id and name belong to no stack other than self. A name
// that is another stack's id would hide one of the two, so it is taken as well.
func free(ctx context.Context, tx *sql.Tx, k ferry.Stack, self string) error {
	var id, name string
	err := tx.QueryRowContext(ctx, `SELECT id, coalesce(name, '') FROM stacks
		WHERE id <> ?3 AND (id IN (?1, ?2) OR name IN (?1, nullif(?2, ''))) LIMIT 1`,
		k.ID, k.Name, self).Scan(&id, &name)
	switch {
	case errors.Is(err, sql.ErrNoRows):
		return nil
	case err != nil:
		return err
	case id == k.ID:
		return ferry.Errorf(ferry.Conflict, "there is a stack %s already", id).
			WithHint("`ferry inspect %s` shows it", id)
	}
	return ferry.Errorf(ferry.Conflict, "the name %s is taken by stack %s", k.Name, id).
		WithHint("give another name, or remove that stack with `ferry rm %s`", id)
}

// List gives every stack, the oldest first, without services. It reads no plan.
func (s *Store) List(ctx context.Context) ([]ferry.Stack, error) {
	all, err := collect(ctx, s.read, scanStack, `SELECT `+stackColumns+` FROM stacks ORDER BY created, id`)
	if err != nil {
		return nil, fmt.Errorf("list stacks: %w", err)
	}
	return all, nil
}

func scanStack(row scanner) (k ferry.Stack, err error) {
	var created, changed int64
	var problems string
	err = row.Scan(&k.ID, &k.Name, &k.Application, &k.Status, &k.Job, &created, &changed, &problems)
	if err != nil {
		return k, err
	}
	k.Created, k.Changed = moment(created), moment(changed)
	k.Problems, err = problemsOf(problems)
	return k, err
}

func problemsOf(text string) (list []string, err error) {
	if text != "" {
		err = json.Unmarshal([]byte(text), &list)
	}
	return list, err
}

// load reads one whole record, by its exact id, and the texts it was made from.
func load(ctx context.Context, q querier, id string) (r Record, t texts, err error) {
	var created, changed int64
	k := &r.Stack
	err = q.QueryRowContext(ctx, `SELECT `+stackColumns+`, intent, undo, formed, plan, next, secrets
		FROM stacks JOIN plans ON stack = id WHERE id = ?`, id).
		Scan(&k.ID, &k.Name, &k.Application, &k.Status, &k.Job, &created, &changed, &t.problems,
			&r.Intent, &r.Undo, &t.formed, &t.plan, &t.next, &t.secrets)
	if errors.Is(err, sql.ErrNoRows) {
		return r, t, missing(id)
	} else if err != nil {
		return r, t, fmt.Errorf("read stack %s: %w", id, err)
	}
	k.Created, k.Changed = moment(created), moment(changed)
	err = decode(&r, t)
	return r, t, err
}

func decode(r *Record, t texts) (err error) {
	if r.Stack.Problems, err = problemsOf(t.problems); err != nil {
		return fmt.Errorf("read the problems of %s: %w", r.Stack.ID, err)
	}
	if err = json.Unmarshal([]byte(t.formed), &r.Formed); err != nil {
		return fmt.Errorf("read the formed services of %s: %w", r.Stack.ID, err)
	}
	if err = json.Unmarshal([]byte(t.plan), &r.Plan); err != nil {
		return fmt.Errorf("read the plan of %s: %w", r.Stack.ID, err)
	}
	if t.next != "" {
		if err = json.Unmarshal([]byte(t.next), &r.Next); err != nil {
			return fmt.Errorf("read the next plan of %s: %w", r.Stack.ID, err)
		}
	}
	if err = json.Unmarshal([]byte(t.secrets), (*map[string]map[string]string)(&r.Secrets)); err != nil {
		// The text is not repeated: it may hold a secret.
		return fmt.Errorf("read the secrets of %s: not valid JSON", r.Stack.ID)
	}
	return nil
}

func missing(id string) error {
	return ferry.Errorf(ferry.NotFound, "there is no stack %s", id).WithHint("`ferry ps -a` lists all there are")
}

// Update reads the record of that exact id, lets change alter it and writes it
// back, all in one transaction; Changed is set to now. An error of change leaves
// the record as it was. The change must not call the Store: it would wait for itself.
func (s *Store) Update(ctx context.Context, id string, change func(*Record) error) error {
	return s.change(ctx, "update stack "+id, func(tx *sql.Tx) error {
		r, old, err := load(ctx, tx, id)
		if err != nil {
			return err
		}
		if err := change(&r); err != nil {
			return err
		}
		if r.Stack.ID != id {
			return ferry.Errorf(ferry.Internal, "the id of stack %s cannot change", id)
		}
		r.Stack.Changed = s.now()
		return save(ctx, tx, r, old)
	})
}

// save writes the plan only when it is another one: most updates change a status.
func save(ctx context.Context, tx *sql.Tx, r Record, old texts) error {
	k := r.Stack
	if err := free(ctx, tx, k, k.ID); err != nil {
		return err
	}
	t, err := encode(r)
	if err != nil {
		return err
	}
	_, err = tx.ExecContext(ctx, `UPDATE stacks SET name = nullif(?, ''), application = ?, status = ?, intent = ?,
		undo = ?, formed = ?, job = ?, created = ?, changed = ?, problems = ? WHERE id = ?`,
		k.Name, k.Application, k.Status, r.Intent, r.Undo, t.formed, k.Job, nanos(k.Created), nanos(k.Changed), t.problems, k.ID)
	if err != nil || (t.plan == old.plan && t.next == old.next && t.secrets == old.secrets) {
		return err
	}
	_, err = tx.ExecContext(ctx, `UPDATE plans SET plan = ?, next = ?, secrets = ? WHERE stack = ?`, t.plan, t.next, t.secrets, k.ID)
	return err
}

// Delete removes a record; its jobs and events stay readable for a while. To
// delete what is gone succeeds.
func (s *Store) Delete(ctx context.Context, id string) error {
	_, err := s.write.ExecContext(ctx, `DELETE FROM stacks WHERE id = ?`, id)
	return s.refused("delete stack "+id, err)
}
