package state

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/ferry-project/ferry"
)

const stackColumns = `id, coalesce(name, ''), application, status, job, created, changed`

// Create adds a record, and the jobs that begin with it, all or nothing; Created and
// Changed are set when they are zero. An id or a name that another stack has is a
// ferry.Conflict.
func (s *Store) Create(ctx context.Context, r Record, begin ...ferry.Job) error {
	now := s.now()
	if r.Created.IsZero() {
		r.Created = now
	}
	if r.Changed.IsZero() {
		r.Changed = now
	}
	t, err := encode(r)
	if err != nil {
		return fmt.Errorf("record stack %s: %w", r.ID, err)
	}
	return s.change(ctx, "record stack "+r.ID, func(tx *sql.Tx) error {
		if err := free(ctx, tx, r, ""); err != nil {
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
	_, err := tx.ExecContext(ctx, `INSERT INTO stacks
		(id, name, application, status, intent, undo, formed, source, job, created, changed, listing, lease)
		VALUES (?, nullif(?, ''), ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
		r.ID, r.Name, r.Application, r.Status, r.Intent, r.Undo, t.formed, r.Source, r.Job, nanos(r.Created), nanos(r.Changed), t.listing, t.lease)
	if err != nil {
		return err
	}
	_, err = tx.ExecContext(ctx, `INSERT INTO plans (stack, plan, next, secrets) VALUES (?, ?, ?, ?)`, r.ID, t.plan, t.next, t.secrets)
	return err
}

// free reports as an error that r's id or name belongs to a stack other than self. A name
// that is another stack's id would hide one of the two, so it is taken as well.
func free(ctx context.Context, tx *sql.Tx, r Record, self string) error {
	var id, name string
	err := tx.QueryRowContext(ctx, `SELECT id, coalesce(name, '') FROM stacks
		WHERE id <> ?3 AND (id IN (?1, ?2) OR name IN (?1, nullif(?2, ''))) LIMIT 1`,
		r.ID, r.Name, self).Scan(&id, &name)
	switch {
	case errors.Is(err, sql.ErrNoRows):
		return nil
	case err != nil:
		return err
	case id == r.ID:
		return ferry.Errorf(ferry.Conflict, "there is a stack %s already", id).
			WithHint("`ferry inspect %s` shows it", id)
	}
	return ferry.Errorf(ferry.Conflict, "the name %s is taken by stack %s", r.Name, id).
		WithHint("give another name, or remove that stack with `ferry rm %s`", id)
}

// load reads one whole record, by its exact id, and the texts it was made from.
func load(ctx context.Context, q querier, id string) (r Record, t texts, err error) {
	var created, changed int64
	err = q.QueryRowContext(ctx, `SELECT `+stackColumns+`, intent, undo, formed, source, lease, plan, next, secrets
		FROM stacks JOIN plans ON stack = id WHERE id = ?`, id).
		Scan(&r.ID, &r.Name, &r.Application, &r.Status, &r.Job, &created, &changed,
			&r.Intent, &r.Undo, &t.formed, &r.Source, &t.lease, &t.plan, &t.next, &t.secrets)
	if errors.Is(err, sql.ErrNoRows) {
		return r, t, missing(id)
	} else if err != nil {
		return r, t, fmt.Errorf("read stack %s: %w", id, err)
	}
	r.Created, r.Changed = moment(created), moment(changed)
	err = decode(&r, t)
	return r, t, err
}

func decode(r *Record, t texts) (err error) {
	if err = json.Unmarshal([]byte(t.formed), &r.Formed); err != nil {
		return fmt.Errorf("read the formed services of %s: %w", r.ID, err)
	}
	if err = json.Unmarshal([]byte(t.plan), &r.Plan); err != nil {
		return fmt.Errorf("read the plan of %s: %w", r.ID, err)
	}
	if r.Lease, err = decodeLease(t.lease); err != nil {
		return fmt.Errorf("read the lease of %s: %w", r.ID, err)
	}
	if t.next != "" {
		if err = json.Unmarshal([]byte(t.next), &r.Next); err != nil {
			return fmt.Errorf("read the next plan of %s: %w", r.ID, err)
		}
	}
	if err = json.Unmarshal([]byte(t.secrets), (*map[string]map[string]string)(&r.Secrets)); err != nil {
		// The text is not repeated: it may hold a secret.
		return fmt.Errorf("read the secrets of %s: not valid JSON", r.ID)
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
		if r.ID != id {
			return ferry.Errorf(ferry.Internal, "the id of stack %s cannot change", id)
		}
		r.Changed = s.now()
		return save(ctx, tx, r, old)
	})
}

// save writes the plan only when it is another one: most updates change a status.
func save(ctx context.Context, tx *sql.Tx, r Record, old texts) error {
	if err := free(ctx, tx, r, r.ID); err != nil {
		return err
	}
	t, err := encode(r)
	if err != nil {
		return err
	}
	_, err = tx.ExecContext(ctx, `UPDATE stacks SET name = nullif(?, ''), application = ?, status = ?, intent = ?,
		undo = ?, formed = ?, source = ?, job = ?, created = ?, changed = ?, listing = ?, lease = ? WHERE id = ?`,
		r.Name, r.Application, r.Status, r.Intent, r.Undo, t.formed, r.Source, r.Job, nanos(r.Created), nanos(r.Changed), t.listing, t.lease, r.ID)
	if err != nil || (t.plan == old.plan && t.next == old.next && t.secrets == old.secrets) {
		return err
	}
	_, err = tx.ExecContext(ctx, `UPDATE plans SET plan = ?, next = ?, secrets = ? WHERE stack = ?`, t.plan, t.next, t.secrets, r.ID)
	return err
}

// Delete removes a record; its jobs and events stay readable for a while. To
// delete what is gone succeeds.
func (s *Store) Delete(ctx context.Context, id string) error {
	_, err := s.write.ExecContext(ctx, `DELETE FROM stacks WHERE id = ?`, id)
	return s.refused("delete stack "+id, err)
}
