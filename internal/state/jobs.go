package state

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/ferry-project/ferry"
)

const jobColumns = `id, kind, stack, state, start, ended, error, retain`

// BeginJob records a running job and makes it its stack's latest; Start is set
// when it is zero. One server writes the file and knows what it works on: a job of
// the same stack that is still recorded as running has lost its end, and gets one.
func (s *Store) BeginJob(ctx context.Context, j ferry.Job) error {
	return s.change(ctx, "begin job "+j.ID, func(tx *sql.Tx) error { return s.beginJob(ctx, tx, j) })
}

func (s *Store) beginJob(ctx context.Context, tx *sql.Tx, j ferry.Job) error {
	if j.Start.IsZero() {
		j.Start = s.now()
	}
	if _, err := job(ctx, tx, j.ID); err == nil {
		return ferry.Errorf(ferry.Conflict, "there is a job %s already", j.ID)
	}
	lost, err := text(ferry.Errorf(ferry.Failed, "its end was not recorded"))
	if err != nil {
		return err
	}
	_, err = tx.ExecContext(ctx, `UPDATE jobs SET state = ?, ended = ?, error = ?
		WHERE stack = ? AND stack <> '' AND state = 'running'`, ferry.JobFailed, nanos(s.now()), lost, j.Stack)
	if err != nil {
		return err
	}
	_, err = tx.ExecContext(ctx, `INSERT INTO jobs (`+jobColumns+`) VALUES (?, ?, ?, ?, ?, 0, '', ?)`,
		j.ID, j.Kind, j.Stack, ferry.JobRunning, nanos(j.Start), j.Retain)
	if err != nil {
		return err
	}
	_, err = tx.ExecContext(ctx, `UPDATE stacks SET job = ? WHERE id = ?`, j.ID, j.Stack)
	return err
}

// EndJob records how a job ended; failure may be nil. The state must be a final
// one. A job that has ended keeps its first outcome.
func (s *Store) EndJob(ctx context.Context, id string, state ferry.JobState, failure *ferry.Error) error {
	if !state.Over() {
		return ferry.Errorf(ferry.Internal, "job %s cannot end as %s", id, state)
	}
	reason := ""
	if failure != nil {
		var err error
		if reason, err = text(failure); err != nil {
			return fmt.Errorf("end job %s: %w", id, err)
		}
	}
	return s.change(ctx, "end job "+id, func(tx *sql.Tx) error {
		if _, err := job(ctx, tx, id); err != nil {
			return err
		}
		_, err := tx.ExecContext(ctx, `UPDATE jobs SET state = ?, ended = ?, error = ? WHERE id = ? AND state = 'running'`,
			state, nanos(s.now()), reason, id)
		if err != nil {
			return err
		}
		return forgetJobs(ctx, tx)
	})
}

// Job returns one job, or ferry.NotFound.
func (s *Store) Job(ctx context.Context, id string) (ferry.Job, error) {
	return job(ctx, s.read, id)
}

func job(ctx context.Context, q querier, id string) (ferry.Job, error) {
	j, err := scanJob(q.QueryRowContext(ctx, `SELECT `+jobColumns+` FROM jobs WHERE id = ?`, id))
	if errors.Is(err, sql.ErrNoRows) {
		return j, ferry.Errorf(ferry.NotFound, "there is no job %s", id)
	} else if err != nil {
		return j, fmt.Errorf("read job %s: %w", id, err)
	}
	return j, nil
}

// RunningJobs returns the jobs that have begun and not ended, the oldest first. In
// a server that has just started they are what a crash left behind.
func (s *Store) RunningJobs(ctx context.Context) ([]ferry.Job, error) {
	all, err := collect(ctx, s.read, scanJob,
		`SELECT `+jobColumns+` FROM jobs WHERE state = 'running' ORDER BY start, id`)
	if err != nil {
		return nil, fmt.Errorf("list running jobs: %w", err)
	}
	return all, nil
}

// Jobs returns the jobs that are remembered, the latest first: of one stack, or of all ("").
func (s *Store) Jobs(ctx context.Context, stack string) ([]ferry.Job, error) {
	all, err := collect(ctx, s.read, scanJob,
		`SELECT `+jobColumns+` FROM jobs WHERE ? = '' OR stack = ? ORDER BY start DESC, id DESC`, stack, stack)
	if err != nil {
		return nil, fmt.Errorf("list jobs: %w", err)
	}
	return all, nil
}

func scanJob(row scanner) (j ferry.Job, err error) {
	var start, ended int64
	var failure string
	err = row.Scan(&j.ID, &j.Kind, &j.Stack, &j.State, &start, &ended, &failure, &j.Retain)
	if err != nil {
		return j, err
	}
	j.Start, j.End = moment(start), moment(ended)
	if failure != "" {
		err = json.Unmarshal([]byte(failure), &j.Error)
	}
	return j, err
}
