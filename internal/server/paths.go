package server

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"os"
	"path/filepath"

	"github.com/ferry-project/ferry"
)

// Paths are all the files of one FERRY_HOME; docs/architecture.md lists them too.
type Paths struct {
	Home   string
	Store  string // records: SQLite, with -wal and -shm beside it
	Lock   string // held by the one server of this home
	Socket string // the API
	Log    string // what a server in the background says
	Cache  string // what image builds may reuse
}

// PathsOf names the files of a home, an absolute path.
func PathsOf(home string) Paths {
	return Paths{
		Home:   home,
		Store:  filepath.Join(home, "ferry.db"),
		Lock:   filepath.Join(home, "server.lock"),
		Socket: filepath.Join(home, "ferry.sock"),
		Log:    filepath.Join(home, "log", "server.log"),
		Cache:  filepath.Join(home, "cache"),
	}
}

// Label tells this home's things from those of another on the same engine.
func Label(home string) string {
	sum := sha256.Sum256([]byte(home))
	return hex.EncodeToString(sum[:6])
}

// make makes the directories, for their owner alone. The reason why it cannot is
// the machine's or the user's, and never a defect. notice is what the owner ought
// to know.
func (p Paths) make(group string) (notice string, err error) {
	err = os.MkdirAll(p.Home, 0o700)
	if err == nil {
		notice, err = secure(p.Home, group != "")
	}
	for _, dir := range []string{filepath.Dir(p.Log), p.Cache} {
		if err == nil {
			err = os.MkdirAll(dir, 0o700)
		}
	}
	if _, ok := errors.AsType[*ferry.Error](err); err == nil || ok {
		return notice, err
	}
	return "", ferry.Errorf(ferry.Unavailable, "the folder of Ferry's records cannot be used: %w", err).
		WithHint("FERRY_HOME names another one; this one is %s", p.Home)
}
