package server

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"os"
	"path/filepath"
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

// longestSocket is what every system takes as a socket's path, ending included.
const longestSocket = 100

// PathsOf names the files of a home, an absolute path.
func PathsOf(home string) Paths {
	p := Paths{
		Home:   home,
		Store:  filepath.Join(home, "ferry.db"),
		Lock:   filepath.Join(home, "server.lock"),
		Socket: filepath.Join(home, "ferry.sock"),
		Log:    filepath.Join(home, "log", "server.log"),
		Cache:  filepath.Join(home, "cache"),
	}
	if len(p.Socket) > longestSocket {
		p.Socket = filepath.Join(os.TempDir(), fmt.Sprintf("ferry-%d-%s", os.Getuid(), Label(home)), "ferry.sock")
	}
	return p
}

// Label tells this home's things from those of another on the same engine.
func Label(home string) string {
	sum := sha256.Sum256([]byte(home))
	return hex.EncodeToString(sum[:6])
}

// make makes the directories, for their owner alone.
func (p Paths) make() error {
	for _, dir := range []string{p.Home, filepath.Dir(p.Log), p.Cache, filepath.Dir(p.Socket)} {
		if err := os.MkdirAll(dir, 0o700); err != nil {
			return fmt.Errorf("make %s: %w", dir, err)
		}
	}
	return nil
}
