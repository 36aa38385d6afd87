// Package state keeps the records of one Ferry home in a SQLite file: stacks
// with their plans, jobs, and events.
//
// What a method has acknowledged survives the death of the process and of the
// machine. Any number of processes may read the file beside the one server that
// writes it. All methods may be called by many goroutines at once. A cancelled
// context undoes the call it was given to; outcomes (EndJob) are best
// written with a context that outlives the user's.
package state

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"time"

	_ "modernc.org/sqlite" // the driver "sqlite"

	"github.com/ferry-project/ferry"
)

// Store is an open state file.
type Store struct {
	write *sql.DB // one connection: writers queue here, not inside SQLite
	read  *sql.DB
	path  string
	now   func() time.Time
}

const (
	pragmas = "_pragma=busy_timeout(5000)&_pragma=journal_mode(wal)" +
		"&_pragma=synchronous(full)&_pragma=foreign_keys(1)"
	readers = 4
)

// Open opens the state file at path and brings it to this version's format. A
// missing file is made with mode 0600, its missing folder with 0700. The file of
// a newer Ferry and a file that is not Ferry's are refused, untouched, with a
// *ferry.Error. The caller closes the Store.
func Open(path string, now func() time.Time) (*Store, error) {
	path, err := filepath.Abs(path)
	if err != nil {
		return nil, fmt.Errorf("open state: %w", err)
	}
	if err := prepare(path); err != nil {
		return nil, notOurs(path, err)
	}
	s, err := connect(path)
	if err != nil {
		return nil, fmt.Errorf("open state %s: %w", path, err)
	}
	s.now, s.path = now, path
	if err := s.upgrade(); err != nil {
		return nil, errors.Join(explain(path, s.refused("open state "+path, err)), s.Close())
	}
	return s, nil
}

// upgrade brings the file of an older Ferry to this one's format.
func (s *Store) upgrade() error {
	if err := migrate(s.write, s.path); err != nil {
		return err
	}
	return s.relist(context.Background())
}

// notOurs says of a home that belongs to somebody else what to do.
func notOurs(path string, err error) error {
	if !errors.Is(err, fs.ErrPermission) {
		return fmt.Errorf("open state: %w", err)
	}
	return ferry.Errorf(ferry.Failed, "this user may not use the Ferry home %s: %w", filepath.Dir(path), err).
		WithHint("use a home of your own: FERRY_HOME=~/.ferry")
}

// prepare makes the file before SQLite does, which would let others read it; the
// files beside it (-wal, -shm) inherit its mode.
func prepare(path string) error {
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return err
	}
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return err
	}
	return errors.Join(f.Chmod(0o600), f.Close())
}

func connect(path string) (*Store, error) {
	file := url.URL{Scheme: "file", Path: path, RawQuery: pragmas}
	read, err := sql.Open("sqlite", file.String()+"&_pragma=query_only(1)")
	if err != nil {
		return nil, err
	}
	read.SetMaxOpenConns(readers)
	read.SetMaxIdleConns(readers)
	write, err := sql.Open("sqlite", file.String()+"&_txlock=immediate")
	if err != nil {
		return nil, errors.Join(err, read.Close())
	}
	write.SetMaxOpenConns(1)
	return &Store{write: write, read: read}, nil
}

func explain(path string, err error) error {
	var known *ferry.Error
	switch {
	case errors.As(err, &known):
		return known
	case strings.Contains(err.Error(), "not a database"), strings.Contains(err.Error(), "malformed"):
		return ferry.Errorf(ferry.Failed, "the state file %s is damaged or not Ferry's: %w", path, err).
			WithHint("move it away, with the files -wal and -shm beside it, and run `ferry adopt`: the containers know which stack they belong to")
	}
	return fmt.Errorf("open state %s: %w", path, err)
}

// Close waits for what is under way and closes the file. The Store is of no use
// afterwards.
func (s *Store) Close() error {
	return errors.Join(s.read.Close(), s.write.Close())
}

// change runs do in one durable transaction; an error of do undoes it and is
// given back as it is.
func (s *Store) change(ctx context.Context, what string, do func(*sql.Tx) error) error {
	tx, err := s.write.BeginTx(ctx, nil)
	if err != nil {
		return s.refused(what, err)
	}
	defer tx.Rollback() //nolint:errcheck // after Commit it has nothing to do
	if err := do(tx); err != nil {
		return s.refused(what, err)
	}
	return s.refused(what, tx.Commit())
}

// scanner is a row of either kind.
type scanner interface{ Scan(into ...any) error }

// querier is the file or a transaction on it.
type querier interface {
	QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error)
	QueryRowContext(ctx context.Context, query string, args ...any) *sql.Row
}

// collect reads every row of a query.
func collect[T any](ctx context.Context, q querier, scan func(scanner) (T, error), query string, args ...any) ([]T, error) {
	rows, err := q.QueryContext(ctx, query, args...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	all := []T{}
	for rows.Next() {
		one, err := scan(rows)
		if err != nil {
			return nil, err
		}
		all = append(all, one)
	}
	return all, rows.Err()
}

// nanos is how a time is stored; the zero time is 0.
func nanos(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.UnixNano()
}

func moment(n int64) time.Time {
	if n == 0 {
		return time.Time{}
	}
	return time.Unix(0, n).UTC()
}
