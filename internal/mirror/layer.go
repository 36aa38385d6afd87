package mirror

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
)

// The folders of a store: what is changed of a lower folder, and the kernel's own.
const (
	Upper = "upper"
	Work  = "work"
)

// Layer prepares store to take what is changed of lower, once both are mounted as one. The
// root of such a mount is Upper's own, so it gets lower's owner, mode and attributes. A
// store that is prepared stays as it is.
func Layer(lower, store string) error {
	upper, fresh := filepath.Join(store, Upper), filepath.Join(store, "new")
	if _, err := os.Lstat(upper); !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	for _, dir := range []string{fresh, filepath.Join(store, Work)} {
		if err := os.MkdirAll(dir, 0o700); err != nil {
			return err
		}
	}
	var st syscall.Stat_t
	if err := syscall.Lstat(lower, &st); err != nil {
		return &fs.PathError{Op: "look at", Path: lower, Err: err}
	}
	if err := attributes(lower, fresh, &st); err != nil {
		return err
	}
	return os.Rename(fresh, upper)
}

// Layered reports whether folder is such a mount, and one that may be trusted: hard links
// stay one file when it is changed, and folders can be moved. The kernel turns either off
// where it cannot do it, and says nothing.
func Layered(folder string) error {
	mounts, err := os.ReadFile("/proc/self/mountinfo")
	if err != nil {
		return err
	}
	for line := range strings.Lines(string(mounts)) {
		place, kind, ok := strings.Cut(line, " - ")
		if fields := strings.Fields(place); !ok || len(fields) < 5 || fields[4] != folder {
			continue
		}
		return trusted(kind)
	}
	return fmt.Errorf("%s is no mount", folder)
}

// trusted looks at a mount's type, source and options. An option that is the kernel's
// default is not among them.
func trusted(kind string) error {
	if !strings.HasPrefix(kind, "overlay ") {
		return fmt.Errorf("it is mounted as %q", strings.TrimSpace(kind))
	}
	for _, name := range []string{"index", "redirect_dir"} {
		byDefault, _ := os.ReadFile("/sys/module/overlay/parameters/" + name) // none: not the default
		switch {
		case strings.Contains(kind, name+"=on"):
		case strings.TrimSpace(string(byDefault)) == "Y" && !strings.Contains(kind, name+"="):
		default:
			return fmt.Errorf("the kernel leaves out %s=on", name)
		}
	}
	return nil
}
