package server

import (
	"context"
	"log/slog"
	"os"
	"time"

	"github.com/gofrs/flock"

	"github.com/ferry-project/ferry"
	"github.com/ferry-project/ferry/internal/api/server"
)

// keeper sees to it that a server can be reached as long as it runs. A socket file
// that was removed, by who cleans up a folder of temporary files for one, is put in
// its place again. A server whose lock or records were removed ends: another one
// can begin beside it, and what it writes is lost.
type keeper struct {
	paths   Paths
	lock    *flock.Flock
	records os.FileInfo
	socket  *server.UnixListener
	log     *slog.Logger
}

// lookEvery is how often a home is looked at that the system cannot watch.
const lookEvery = 10 * time.Second

func (k keeper) run(ctx context.Context) error {
	changed, stop, err := removals(k.paths.Home)
	if err != nil {
		k.log.Info("the home cannot be watched, so it is looked at now and then", "error", err)
	}
	defer stop()
	for {
		if err := k.look(); err != nil {
			return err
		}
		if !next(ctx, changed) {
			return nil
		}
	}
}

// next waits until there may be something to see, and reports whether to go on.
func next(ctx context.Context, changed <-chan struct{}) bool {
	if changed == nil {
		t := time.NewTimer(lookEvery)
		defer t.Stop()
		select {
		case <-ctx.Done():
			return false
		case <-t.C:
			return true
		}
	}
	select {
	case <-ctx.Done():
		return false
	case <-changed:
		return true
	}
}

func (k keeper) look() error {
	now, err := os.Stat(k.paths.Store)
	if !inPlace(k.lock) || err != nil || !os.SameFile(now, k.records) {
		return ferry.Errorf(ferry.Conflict, "files of %s were removed or replaced while its server ran, so it ends", k.paths.Home).
			WithHint("the next command starts another; ferry adopt finds stacks whose records are lost")
	}
	healed, err := k.socket.Heal()
	if err != nil {
		k.log.Error("the socket was removed and cannot be made again", "socket", k.paths.Socket, "error", err)
	}
	if healed {
		k.log.Warn("the socket was removed and is made again", "socket", k.paths.Socket)
	}
	return nil
}
