package state

import (
	"database/sql"
	"embed"
	"fmt"

	"github.com/ferry-project/ferry"
)

// migrations are numbered from 0001 without a gap; number n brings a file from
// format n-1 to n. One that was released is never edited.
//
//go:embed migrations/*.sql
var migrations embed.FS

// migrate brings the file to the newest format, each step in a transaction of
// its own, so that a crash leaves a whole format behind.
func migrate(db *sql.DB, path string) error {
	steps, err := migrations.ReadDir("migrations")
	if err != nil {
		return err
	}
	version, err := format(db)
	if err != nil {
		return err
	}
	if version > len(steps) {
		return ferry.Errorf(ferry.Conflict, "the state file %s was written by a newer Ferry (format %d, this one knows up to %d)",
			path, version, len(steps)).WithHint("use the newer Ferry, or give this one another home with FERRY_HOME")
	}
	for n := version + 1; n <= len(steps); n++ {
		if err := step(db, n, "migrations/"+steps[n-1].Name()); err != nil {
			return fmt.Errorf("bring it to format %d: %w", n, err)
		}
	}
	return nil
}

func format(q interface {
	QueryRow(string, ...any) *sql.Row
},
) (n int, err error) {
	err = q.QueryRow("PRAGMA user_version").Scan(&n)
	return n, err
}

// step does nothing when another process was faster.
func step(db *sql.DB, n int, file string) error {
	text, err := migrations.ReadFile(file)
	if err != nil {
		return err
	}
	tx, err := db.Begin()
	if err != nil {
		return err
	}
	defer tx.Rollback() //nolint:errcheck // after Commit it has nothing to do
	if now, err := format(tx); err != nil || now >= n {
		return err
	}
	if _, err := tx.Exec(string(text)); err != nil {
		return err
	}
	if _, err := tx.Exec(fmt.Sprintf("PRAGMA user_version = %d", n)); err != nil {
		return err
	}
	return tx.Commit()
}
