//go:build e2e

package build_test

import (
	"bytes"
	"testing"

	"github.com/ferry-project/ferry/internal/engine"
)

// A fresh login shell finds what commands of the node find: Debian's profile sets
// PATH, su and env -i take everything away.
func TestLoginShellsKnowTheNodesEnvironment(t *testing.T) {
	b, e := realBuilder(t, shelf(t))
	if err := b.Ensure(t.Context(), "base", func(line string) { t.Log(line) }); err != nil {
		t.Fatal(err)
	}
	ref, _ := b.Recipes.Ref("base")
	const path = "/opt/tools/bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
	node := startNode(t, e, engine.Spec{Image: ref, Env: map[string]string{
		"PATH": path, "JAVA_HOME": "/usr/lib/jvm/x", "LESSON": "it's \"#1\" of $HOME\n 'two' \\ ", "HOME": "/nowhere",
	}})
	run := func(user string, command ...string) string {
		var out bytes.Buffer
		code, err := e.Exec(t.Context(), node, engine.Exec{Command: command, User: user, Stdout: &out, Stderr: &out})
		if err != nil || code != 0 {
			t.Fatalf("%q: exit %d, %v, %s", command, code, err, out.String())
		}
		return out.String()
	}
	run("", "bash", "-c", "until [ -e /run/ferry/environment ]; do read -t 0.05 <> <(:) || true; done")
	const say = `printf '%s|%s|%s|%s|%s' "$PATH" "$JAVA_HOME" "$LESSON" "$LANG" "$HOME"`
	const common = path + "|/usr/lib/jvm/x|it's \"#1\" of $HOME\n 'two' \\ |C.UTF-8|"
	for name, c := range map[string]struct {
		user, home string
		command    []string
	}{
		"bash -l":                 {"ferry", "/nowhere", []string{"bash", "-lc", say}},
		"sh -l":                   {"ferry", "/nowhere", []string{"sh", "-lc", say}},
		"root's":                  {"", "/nowhere", []string{"bash", "-lc", say}},
		"a login shell in one":    {"ferry", "/nowhere", []string{"bash", "-lc", `exec bash -lc "$0"`, say}},
		"nothing, then a login":   {"ferry", "/nowhere", []string{"env", "-i", "HOME=/nowhere", "bash", "-lc", say}},
		"nothing, then sh":        {"ferry", "", []string{"env", "-i", "/bin/sh", "-lc", say}},
		"su -":                    {"", "/home/ferry", []string{"su", "-", "ferry", "-c", say}},
		"a setting of the user's": {"ferry", "/nowhere", []string{"env", "JAVA_HOME=/mine", "bash", "-lc", `[ "$JAVA_HOME" = /mine ] && JAVA_HOME=/usr/lib/jvm/x && ` + say}},
	} {
		t.Run(name, func(t *testing.T) {
			if got := run(c.user, c.command...); got != common+c.home {
				t.Errorf("got %q, want %q", got, common+c.home)
			}
		})
	}
	t.Run("PAM, for su and cron", func(t *testing.T) {
		got := run("", "su", "ferry", "-s", "/bin/sh", "-c", `printf '%s|%s' "$PATH" "$JAVA_HOME"`)
		if got != path+"|/usr/lib/jvm/x" {
			t.Errorf("got %q", got)
		}
	})
}
