package state

import (
	"errors"
	"fmt"
	"path/filepath"

	"modernc.org/sqlite"
	lib "modernc.org/sqlite/lib"

	"github.com/ferry-project/ferry"
)

// ErrNotWritten is what an error wraps that is about the state file and not about
// what was to be written: it may succeed later, and nothing of it was done.
var ErrNotWritten = errors.New("the state file cannot be written")

// refused turns what SQLite says of the file's disk into a sentence for the user;
// every other error keeps what was being done.
func (s *Store) refused(what string, err error) error {
	if err == nil {
		return nil
	}
	if _, ok := errors.AsType[*ferry.Error](err); ok {
		return err
	}
	e, ok := errors.AsType[*sqlite.Error](err)
	if !ok {
		return fmt.Errorf("%s: %w", what, err)
	}
	why, hint := reason(e.Code() & 0xff)
	if why == "" {
		return fmt.Errorf("%s: %w", what, err)
	}
	return &ferry.Error{
		Code: ferry.Failed, Message: fmt.Sprintf("%s, so Ferry cannot record what it does", fmt.Sprintf(why, filepath.Dir(s.path))),
		Hint: hint, Err: fmt.Errorf("%s: %w: %w", what, ErrNotWritten, err),
	}
}

// reason has a place for the folder of the state file.
func reason(code int) (why, hint string) {
	const look = "ferry doctor looks at the disk; when it can be written again, Ferry goes on by itself"
	switch code {
	case lib.SQLITE_FULL:
		return "the disk that holds %s is full", "free some space there; Ferry goes on by itself"
	case lib.SQLITE_IOERR, lib.SQLITE_CANTOPEN:
		return "the disk that holds %s does not take what is written to it", look
	case lib.SQLITE_READONLY, lib.SQLITE_PERM:
		return "%s may not be written to", look
	case lib.SQLITE_BUSY:
		return "another program keeps the database in %s locked", "end that program; Ferry goes on by itself"
	}
	return "", ""
}
