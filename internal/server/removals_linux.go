package server

import (
	"fmt"
	"os"

	"golang.org/x/sys/unix"
)

// removals reports that something was removed from a folder, or the folder itself.
// It is the system's own watch with the one mask that is wanted: the records are
// written all the time, and those who watch everything would wake up each time.
// stop ends it. On an error the channel is nil.
func removals(dir string) (changed <-chan struct{}, stop func(), err error) {
	fd, err := unix.InotifyInit1(unix.IN_CLOEXEC | unix.IN_NONBLOCK)
	if err != nil {
		return nil, func() {}, fmt.Errorf("watch %s: %w", dir, err)
	}
	f := os.NewFile(uintptr(fd), "inotify")
	const mask = unix.IN_DELETE | unix.IN_MOVED_FROM | unix.IN_DELETE_SELF | unix.IN_MOVE_SELF | unix.IN_ONLYDIR
	if _, err := unix.InotifyAddWatch(fd, dir, mask); err != nil {
		_ = f.Close()
		return nil, func() {}, fmt.Errorf("watch %s: %w", dir, err)
	}
	told := make(chan struct{}, 1)
	go tell(f, told)
	return told, func() { _ = f.Close() }, nil
}

// tell reads the events and drops them: the receiver looks at the folder itself.
func tell(f *os.File, told chan<- struct{}) {
	events := make([]byte, 16<<10)
	for {
		if _, err := f.Read(events); err != nil {
			return
		}
		select {
		case told <- struct{}{}:
		default:
		}
	}
}
