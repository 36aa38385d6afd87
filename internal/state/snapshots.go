package state

import (
	"cmp"
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"github.com/ferry-project/ferry"
)

const snapshotPrefix = "sn-"

// Snapshot is all that Ferry keeps of one.
type Snapshot struct {
	ferry.Snapshot
	Plan    ferry.Plan
	Formed  []string
	Secrets Secrets
}

// CreateSnapshot adds a snapshot. An id or a name that another has is a ferry.Conflict.
func (s *Store) CreateSnapshot(ctx context.Context, n Snapshot) error {
	return s.change(ctx, "record snapshot "+n.ID, func(tx *sql.Tx) error {
		var other string
		err := tx.QueryRowContext(ctx, `SELECT id FROM snapshots WHERE id = ?1 OR name = nullif(?2, '')`, n.ID, n.Name).Scan(&other)
		if err == nil {
			return ferry.Errorf(ferry.Conflict, "the name %s is taken by snapshot %s", cmp.Or(n.Name, n.ID), other).
				WithHint("give another name, or remove that one with `ferry rm %s`", other)
		}
		if !errors.Is(err, sql.ErrNoRows) {
			return err
		}
		return writeSnapshot(ctx, tx, n)
	})
}

// UpdateSnapshot writes a snapshot that is there.
func (s *Store) UpdateSnapshot(ctx context.Context, n Snapshot) error {
	return s.change(ctx, "update snapshot "+n.ID, func(tx *sql.Tx) error { return writeSnapshot(ctx, tx, n) })
}

func writeSnapshot(ctx context.Context, tx *sql.Tx, n Snapshot) error {
	var texts [4]string
	for i, v := range []any{n.Snapshot, n.Plan, append([]string{}, n.Formed...), map[string]map[string]string(n.Secrets)} {
		var err error
		if texts[i], err = text(v); err != nil {
			return err
		}
	}
	_, err := tx.ExecContext(ctx, `INSERT OR REPLACE INTO snapshots (id, name, created, snapshot, plan, formed, secrets)
		VALUES (?, nullif(?, ''), ?, ?, ?, ?, ?)`, n.ID, n.Name, nanos(n.Created), texts[0], texts[1], texts[2], texts[3])
	return err
}

// Snapshots lists all, the oldest first.
func (s *Store) Snapshots(ctx context.Context) ([]ferry.Snapshot, error) {
	scan := func(row scanner) (n ferry.Snapshot, err error) {
		var body string
		if err = row.Scan(&body); err == nil {
			err = json.Unmarshal([]byte(body), &n)
		}
		return n, err
	}
	all, err := collect(ctx, s.read, scan, `SELECT snapshot FROM snapshots ORDER BY created, id`)
	if err != nil {
		return nil, fmt.Errorf("list snapshots: %w", err)
	}
	return all, nil
}

// FindSnapshot returns the snapshot of that id, name, or unambiguous beginning of an id.
func (s *Store) FindSnapshot(ctx context.Context, ref string) (n Snapshot, err error) {
	id, err := s.resolveSnapshot(ctx, ref)
	if err != nil {
		return n, err
	}
	var body, plan, formed, secrets string
	err = s.read.QueryRowContext(ctx, `SELECT snapshot, plan, formed, secrets FROM snapshots WHERE id = ?`, id).
		Scan(&body, &plan, &formed, &secrets)
	if err != nil {
		return n, fmt.Errorf("read snapshot %s: %w", id, err)
	}
	for text, into := range map[string]any{body: &n.Snapshot, plan: &n.Plan, formed: &n.Formed} {
		if err := json.Unmarshal([]byte(text), into); err != nil {
			return n, fmt.Errorf("read snapshot %s: %w", id, err)
		}
	}
	if err := json.Unmarshal([]byte(secrets), (*map[string]map[string]string)(&n.Secrets)); err != nil {
		return n, fmt.Errorf("read the secrets of %s: not valid JSON", id) // the text may hold one
	}
	return n, nil
}

func (s *Store) resolveSnapshot(ctx context.Context, ref string) (string, error) {
	unknown := ferry.Errorf(ferry.NotFound, "there is no snapshot %q", ref).WithHint("`ferry snapshots` lists all there are")
	if strings.TrimPrefix(ref, snapshotPrefix) == "" {
		return "", unknown
	}
	found, err := s.candidates(ctx, "snapshots", snapshotPrefix, ref)
	switch {
	case err != nil:
		return "", fmt.Errorf("find snapshot %s: %w", ref, err)
	case len(found) == 0:
		return "", unknown
	case len(found) > 1:
		return "", ambiguous(ref, found)
	}
	return found[0].id, nil
}

// DeleteSnapshot removes a snapshot's record; to delete what is gone succeeds.
func (s *Store) DeleteSnapshot(ctx context.Context, id string) error {
	_, err := s.write.ExecContext(ctx, `DELETE FROM snapshots WHERE id = ?`, id)
	return s.refused("delete snapshot "+id, err)
}

// StacksFrom lists the stacks that are to begin with a snapshot.
func (s *Store) StacksFrom(ctx context.Context, snapshot string) ([]string, error) {
	ids, err := collect(ctx, s.read, scanText, `SELECT id FROM stacks WHERE source = ? ORDER BY id`, snapshot)
	if err != nil {
		return nil, fmt.Errorf("list the stacks that begin with %s: %w", snapshot, err)
	}
	return ids, nil
}
