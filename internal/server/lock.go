package server

import (
	"context"
	"fmt"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/gofrs/flock"

	"github.com/ferry-project/ferry"
)

const (
	// lockPatience is how long a server waits for one that ends: its calls have
	// seconds to finish, and so have the engine's calls of its jobs.
	lockPatience = 30 * time.Second
	lockPause    = 50 * time.Millisecond
)

// hold takes the lock of a home. Without one and without an error, there is
// nothing to serve: another server has it and answers.
func hold(ctx context.Context, c Config, p Paths) (*flock.Flock, error) {
	over := time.NewTimer(lockPatience)
	defer over.Stop()
	pause := time.NewTicker(lockPause)
	defer pause.Stop()
	for {
		lock, err := tryLock(p)
		if lock != nil || err != nil {
			return lock, err
		}
		if answers(ctx, c) {
			c.Log.Info("another server of this home runs already", "home", c.Home)
			return nil, nil //nolint:nilnil // as said above
		}
		select {
		case <-ctx.Done():
			return nil, nil //nolint:nilnil // asked to end, there is nothing to do either
		case <-over.C:
			return nil, errLocked(p)
		case <-pause.C:
		}
	}
}

// answers reports whether the server of a home does, and soon: a stopped process
// takes calls all the same.
func answers(ctx context.Context, c Config) bool {
	ctx, cancel := context.WithTimeout(ctx, lockPatience/4)
	defer cancel()
	_, err := Find(ctx, c)
	return err == nil
}

func tryLock(p Paths) (*flock.Flock, error) {
	lock := flock.New(p.Lock)
	free, err := lock.TryLock()
	if err != nil {
		return nil, ferry.Errorf(ferry.Unavailable, "lock %s: %w", p.Lock, err)
	}
	if !free || !inPlace(lock) {
		return nil, lock.Close()
	}
	_ = os.WriteFile(p.Lock, fmt.Appendln(nil, os.Getpid()), 0o600) // only for people to read
	return lock, nil
}

// inPlace reports whether the file that is locked is still the one by its name:
// the lock on a file that was removed excludes no one.
func inPlace(lock *flock.Flock) bool {
	held, err := lock.Stat()
	if err != nil {
		return false
	}
	named, err := os.Stat(lock.Path())
	return err == nil && os.SameFile(held, named)
}

func errLocked(p Paths) error {
	who := "a server"
	if text, err := os.ReadFile(p.Lock); err == nil {
		if pid, err := strconv.Atoi(strings.TrimSpace(string(text))); err == nil {
			who = fmt.Sprintf("a server, process %d,", pid)
		}
	}
	return ferry.Errorf(ferry.Unavailable, "%s holds %s and does not answer", who, p.Lock).
		WithHint("it may be ending, or hang: its log is %s", p.Log)
}
