package server

import (
	"fmt"
	"io/fs"
	"os"
	"os/user"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"

	"github.com/ferry-project/ferry"
)

// secure makes sure that a home is this user's and no one else can change what is
// in it: they could put their own socket, or their own records, in the place of
// Ferry's. Modes that are too wide are mended when all that is in the folder is
// Ferry's. With shared, members of the folder's group may pass through it.
func secure(home string, shared bool) (notice string, err error) {
	info, err := ownFolder(home)
	if err != nil {
		return "", err
	}
	keep := fs.FileMode(0o700)
	if shared {
		keep = 0o710
	}
	mode := info.Mode().Perm()
	switch {
	case mode&^keep == 0:
		return "", nil
	case onlyFerry(home):
		return "", os.Chmod(home, mode&keep)
	case mode&0o022 != 0:
		return "", ferry.Errorf(ferry.Invalid, "others may write to FERRY_HOME, %s, so they could change Ferry's records", home).
			WithHint("it needs a folder of its own, for example FERRY_HOME=%s", filepath.Join(home, "ferry"))
	}
	return fmt.Sprintf("others can see which files are in %s (mode %o)", home, mode), nil
}

// ownFolder returns what the home is; a link is followed when nobody else made it.
func ownFolder(home string) (fs.FileInfo, error) {
	info, err := os.Lstat(home)
	if err != nil {
		return nil, err
	}
	if err := owned(home, info); err != nil {
		return nil, err
	}
	if info.Mode()&fs.ModeSymlink != 0 {
		if info, err = os.Stat(home); err != nil {
			return nil, err
		}
		if err := owned(home, info); err != nil {
			return nil, err
		}
	}
	if !info.IsDir() {
		return nil, ferry.Errorf(ferry.Invalid, "FERRY_HOME, %s, is not a folder", home)
	}
	return info, nil
}

// owned refuses what belongs to another user than this one. Root may have made a
// link, but a folder of root's is not this user's to write to.
func owned(home string, info fs.FileInfo) error {
	uid := ownerOf(info)
	if uid == os.Geteuid() || uid == 0 && info.Mode()&fs.ModeSymlink != 0 {
		return nil
	}
	return ferry.Errorf(ferry.Invalid, "FERRY_HOME, %s, belongs to %s, and a server of another user cannot be started there", home, userName(uid)).
		WithHint("start it as that user, or name a folder of your own in FERRY_HOME")
}

func ownerOf(info fs.FileInfo) int {
	if s, ok := info.Sys().(*syscall.Stat_t); ok {
		return int(s.Uid)
	}
	return os.Geteuid()
}

// userName is a user for people.
func userName(uid int) string {
	if u, err := user.LookupId(strconv.Itoa(uid)); err == nil {
		return "user " + u.Username
	}
	return fmt.Sprintf("user %d", uid)
}

// onlyFerry reports whether everything in a home was made by Ferry.
func onlyFerry(home string) bool {
	entries, err := os.ReadDir(home)
	if err != nil {
		return false
	}
	for _, e := range entries {
		name := e.Name()
		if name != "log" && name != "cache" && name != "server.lock" && name != "ferry.sock" &&
			!strings.HasPrefix(name, "ferry.db") && !strings.HasPrefix(name, ".s") {
			return false
		}
	}
	return true
}

// trusts returns the judge of who may be a home's server: this user, root, or the
// home's owner where nobody else could have put the home in its place. The last is
// a server that its owner shares with a group.
func trusts(home string) func(uid int) error {
	return func(uid int) error {
		if uid == os.Geteuid() || uid == 0 || placedBy(home, uid) {
			return nil
		}
		return ferry.Errorf(ferry.Invalid, "the server in %s is run by %s, who could have put it there to be taken for yours", home, userName(uid)).
			WithHint("name a folder of your own in FERRY_HOME")
	}
}

// placedBy reports whether the home is the user's and every folder above it is the
// user's, root's or ours, and closed to others.
func placedBy(home string, uid int) bool {
	home, err := filepath.EvalSymlinks(home)
	if err != nil {
		return false
	}
	for dir, want := home, []int{uid}; ; dir, want = filepath.Dir(dir), []int{uid, 0, os.Geteuid()} {
		info, err := os.Lstat(dir)
		if err != nil || info.Mode().Perm()&0o002 != 0 || !slices.Contains(want, ownerOf(info)) {
			return false
		}
		if dir == filepath.Dir(dir) {
			return true
		}
	}
}
