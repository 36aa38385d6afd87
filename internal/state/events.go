package state

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"

	"github.com/ferry-project/ferry"
)

// What is kept: enough to look back, little enough to stay small for years.
const (
	keptEvents    = 10_000 // of whatever job
	keptJobEvents = 50     // jobs of which every event is kept
	keptJobs      = 1_000  // jobs, beside those a stack names as its latest
	tidyEvery     = 1_000  // events
)

// AppendEvents keeps events, which bear their numbers already, in one
// transaction. One that is there already is left as it is, so that a call may be
// repeated after an error. Old events are forgotten on the way.
func (s *Store) AppendEvents(ctx context.Context, events []ferry.Event) error {
	if len(events) == 0 {
		return nil
	}
	first, last := events[0].Seq, events[len(events)-1].Seq
	what := fmt.Sprintf("keep events %d to %d", first, last)
	return s.change(ctx, what, func(tx *sql.Tx) error {
		if err := appendAll(ctx, tx, events); err != nil {
			return err
		}
		if (first-1)/tidyEvery == last/tidyEvery {
			return nil
		}
		return forgetEvents(ctx, tx)
	})
}

func appendAll(ctx context.Context, tx *sql.Tx, events []ferry.Event) error {
	insert, err := tx.PrepareContext(ctx, `INSERT INTO events (seq, job, body) VALUES (?, ?, ?) ON CONFLICT DO NOTHING`)
	if err != nil {
		return err
	}
	defer insert.Close()
	for _, e := range events {
		body, err := text(e)
		if err != nil {
			return err
		}
		if _, err := insert.ExecContext(ctx, e.Seq, e.Job, body); err != nil {
			return err
		}
	}
	return nil
}

// Events returns at most limit events with a number above after, in order: those
// of one job, or of all when job is empty. A limit below one means 1,000.
func (s *Store) Events(ctx context.Context, job string, after int64, limit int) ([]ferry.Event, error) {
	if limit < 1 {
		limit = 1_000
	}
	query, args := `SELECT body FROM events WHERE seq > ? ORDER BY seq LIMIT ?`, []any{after, limit}
	if job != "" {
		query, args = `SELECT body FROM events WHERE job = ? AND seq > ? ORDER BY seq LIMIT ?`, []any{job, after, limit}
	}
	all, err := collect(ctx, s.read, scanEvent, query, args...)
	if err != nil {
		return nil, fmt.Errorf("read events after %d: %w", after, err)
	}
	return all, nil
}

func scanEvent(row scanner) (e ferry.Event, err error) {
	var body []byte
	if err = row.Scan(&body); err != nil {
		return e, err
	}
	err = json.Unmarshal(body, &e)
	return e, err
}

// LastSeq is the number of the newest event, 0 when there is none.
func (s *Store) LastSeq(ctx context.Context) (n int64, err error) {
	err = s.read.QueryRowContext(ctx, `SELECT coalesce(max(seq), 0) FROM events`).Scan(&n)
	if err != nil {
		return 0, fmt.Errorf("read the newest event: %w", err)
	}
	return n, nil
}

// forgetEvents hops over the index from job to job, so its cost follows the
// number of jobs and not the number of events that stay.
func forgetEvents(ctx context.Context, tx *sql.Tx) error {
	_, err := tx.ExecContext(ctx, `
		WITH RECURSIVE
			known (job) AS (
				SELECT min(job) FROM events
				UNION ALL SELECT (SELECT min(job) FROM events WHERE job > known.job) FROM known WHERE job IS NOT NULL),
			kept (job) AS (
				SELECT id FROM (SELECT id FROM jobs ORDER BY start DESC, id DESC LIMIT ?1)
				UNION SELECT id FROM jobs WHERE state = 'running')
		DELETE FROM events
		WHERE job IN (SELECT job FROM known WHERE job IS NOT NULL AND job NOT IN (SELECT job FROM kept))
		AND seq <= coalesce((SELECT seq FROM events ORDER BY seq DESC LIMIT 1 OFFSET ?2), 0)`,
		keptJobEvents, keptEvents)
	if err != nil {
		return fmt.Errorf("forget old events: %w", err)
	}
	return nil
}

// forgetJobs drops jobs that nothing speaks of any more.
func forgetJobs(ctx context.Context, tx *sql.Tx) error {
	_, err := tx.ExecContext(ctx, `DELETE FROM jobs WHERE state <> 'running'
		AND id NOT IN (SELECT id FROM jobs ORDER BY start DESC, id DESC LIMIT ?)
		AND id NOT IN (SELECT job FROM stacks)
		AND NOT EXISTS (SELECT 1 FROM events WHERE events.job = jobs.id)`, keptJobs)
	if err != nil {
		return fmt.Errorf("forget old jobs: %w", err)
	}
	return nil
}
