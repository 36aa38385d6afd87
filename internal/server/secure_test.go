package server

import (
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/ferry-project/ferry"
)

// folder makes a home with a mode and entries.
func folder(t *testing.T, mode fs.FileMode, entries ...string) string {
	t.Helper()
	home := filepath.Join(t.TempDir(), "home")
	if err := os.Mkdir(home, 0o700); err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		if err := os.WriteFile(filepath.Join(home, e), nil, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Chmod(home, mode); err != nil {
		t.Fatal(err)
	}
	return home
}

func TestHomesOfAnyModeBecomeTheirOwners(t *testing.T) {
	for name, c := range map[string]struct {
		mode    fs.FileMode
		entries []string
		shared  bool
		want    fs.FileMode
		notice  bool
		refused bool
	}{
		"as made":                     {mode: 0o700, want: 0o700},
		"readable, new":               {mode: 0o755, want: 0o700},
		"readable, of Ferry":          {mode: 0o755, entries: []string{"ferry.db", "ferry.db-wal", "server.lock", "log"}, want: 0o700},
		"writable, of Ferry":          {mode: 0o777, entries: []string{"ferry.db"}, want: 0o700},
		"a folder of temporary files": {mode: 0o777 | fs.ModeSticky, entries: []string{"ferry.db", "x"}, want: 0o777, refused: true},
		"writable, not only Ferry's":  {mode: 0o770, entries: []string{"notes"}, want: 0o770, refused: true},
		"readable, not only Ferry's":  {mode: 0o755, entries: []string{"notes"}, want: 0o755, notice: true},
		"of a group":                  {mode: 0o710, shared: true, want: 0o710},
		"of a group, wider":           {mode: 0o775, shared: true, want: 0o710},
		"of a group no more":          {mode: 0o710, want: 0o700},
	} {
		t.Run(name, func(t *testing.T) {
			home := folder(t, c.mode, c.entries...)
			notice, err := secure(home, c.shared)
			if (ferry.CodeOf(err) == ferry.Invalid) != c.refused || (notice != "") != c.notice || err != nil && !c.refused {
				t.Errorf("said %q, %v", notice, err)
			}
			if info, _ := os.Stat(home); info.Mode().Perm() != c.want {
				t.Errorf("mode %o, want %o", info.Mode().Perm(), c.want)
			}
		})
	}
}

// foreign is a folder of another user: root can make one, others find root's.
func foreign(t *testing.T) string {
	t.Helper()
	if os.Geteuid() != 0 {
		return "/usr"
	}
	home := folder(t, 0o700)
	if err := os.Chown(home, 65534, 65534); err != nil {
		t.Fatal(err)
	}
	return home
}

func TestHomeOfAnotherUserIsRefused(t *testing.T) {
	theirs := foreign(t)
	link := filepath.Join(t.TempDir(), "link")
	if err := os.Symlink(theirs, link); err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for _, home := range []string{theirs, link, file} {
		c := config(t)
		c.Home = home
		if err := Run(t.Context(), c); ferry.CodeOf(err) != ferry.Invalid && ferry.CodeOf(err) != ferry.Unavailable {
			t.Errorf("%s: %v", home, err)
		}
		if left, _ := filepath.Glob(filepath.Join(home, "ferry*")); len(left) > 0 {
			t.Errorf("left %v", left)
		}
	}
}

func TestLinkToAHomeIsFollowed(t *testing.T) {
	home := folder(t, 0o755)
	link := filepath.Join(t.TempDir(), "link")
	if err := os.Symlink(home, link); err != nil {
		t.Fatal(err)
	}
	c := config(t)
	c.Home = link
	life(t, c)
	if info, _ := os.Stat(home); info.Mode().Perm() != 0o700 {
		t.Errorf("mode %o", info.Mode().Perm())
	}
}

// What the machine refuses is no defect of Ferry, and the sentence names the place.
func TestHomeThatCannotBeMade(t *testing.T) {
	c := config(t)
	c.Home = "/proc/self/no/home"
	for name, err := range map[string]error{"server": Run(t.Context(), c), "command": connectError(t, c)} {
		if ferry.CodeOf(err) != ferry.Unavailable || !strings.Contains(err.Error(), "/proc/self/no") {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func connectError(t *testing.T, c Config) error {
	t.Helper()
	_, err := Connect(t.Context(), c, &strings.Builder{})
	return err
}

func TestWhoMayBeTheServer(t *testing.T) {
	home := folder(t, 0o700)
	judge := trusts(home)
	for _, uid := range []int{0, os.Geteuid()} {
		if err := judge(uid); err != nil {
			t.Errorf("user %d is refused: %v", uid, err)
		}
	}
	if err := judge(65533); ferry.CodeOf(err) != ferry.Invalid || !strings.Contains(err.Error(), home) {
		t.Errorf("a stranger: %v", err)
	}
	// The owner of a home that only he or root can have put there shares it; one in
	// a folder of temporary files may have been put there by anybody.
	if !placedBy("/usr", 0) {
		t.Error("root's own is not root's")
	}
	if placedBy(home, os.Geteuid()) {
		t.Errorf("%s lies below a folder that others write to, and is believed", home)
	}
	if placedBy("/usr", 65533) {
		t.Error("root's is taken for a stranger's")
	}
}
