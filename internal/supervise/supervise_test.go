package supervise

import (
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/ferry-project/ferry"
)

var update = flag.Bool("update", false, "write the golden files")

func node(processes ...ferry.Process) ferry.Node {
	return ferry.Node{NodeBlueprint: ferry.NodeBlueprint{Name: "n0", Processes: processes}}
}

// everything uses each field of a process, with text that shells and execline
// could take for more than text.
func everything() ferry.Process {
	return ferry.Process{
		Name:    "data-node",
		Command: []string{"/opt/x/bin/node", "--name", "a b", "$HOME", "`id`", "", `q"uo\te`, "{", "}", "#", "two\nlines", "é"},
		User:    "ferry", Dir: "/service/data/a b",
		Env:        map[string]string{"ZED": "last", "OPTS": "-Xmx1g ${x} $(id)", "EMPTY": ""},
		Await:      []string{"name0:9000", "name1:9000"},
		StopSignal: "INT", Grace: 2500 * time.Millisecond, Restarts: 3, Vital: true,
	}
}

func TestGolden(t *testing.T) {
	for name, n := range map[string]ferry.Node{
		"plain":      node(ferry.Process{Name: "glusterd", Command: []string{"glusterd", "-N"}}),
		"everything": node(everything()),
		"two":        node(ferry.Process{Name: "b", Command: []string{"b"}}, ferry.Process{Name: "a", Command: []string{"a"}, Restarts: -1}),
		"none":       node(),
	} {
		t.Run(name, func(t *testing.T) {
			got := text(Files(n))
			golden := filepath.Join("testdata", name+".golden")
			if *update {
				if err := os.WriteFile(golden, []byte(got), 0o600); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(golden)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(string(want), got); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
		})
	}
}

func text(files []ferry.File) string {
	var b strings.Builder
	for _, f := range files {
		mode := "   "
		if f.Mode == 0o755 {
			mode = " x "
		}
		b.WriteString("==" + mode + f.Path + "\n" + f.Content)
	}
	return b.String()
}

func file(t *testing.T, p ferry.Process, name string) string {
	t.Helper()
	for _, f := range Files(node(p)) {
		if f.Path == Root+"/"+p.Name+"/"+name {
			return f.Content
		}
	}
	return ""
}

func TestSignalAndGrace(t *testing.T) {
	for _, c := range []struct {
		name               string
		process            ferry.Process
		signal, kill, exit string
	}{
		{"nothing said", ferry.Process{}, "", "10000\n", " 5 - "},
		{"signal without SIG", ferry.Process{StopSignal: "QUIT"}, "SIGQUIT\n", "10000\n", " 5 - "},
		{"signal with SIG", ferry.Process{StopSignal: "SIGQUIT"}, "SIGQUIT\n", "10000\n", " 5 - "},
		{"grace", ferry.Process{Grace: 1500 * time.Millisecond}, "", "1500\n", " 5 - "},
		{"restarts", ferry.Process{Restarts: 2}, "", "10000\n", " 2 - "},
		{"no restart", ferry.Process{Restarts: -1}, "", "10000\n", " 0 - "},
		{"vital", ferry.Process{Restarts: -1, Vital: true}, "", "10000\n", " 0 vital "},
	} {
		t.Run(c.name, func(t *testing.T) {
			c.process.Name, c.process.Command = "p", []string{"p"}
			if got := file(t, c.process, "down-signal"); got != c.signal {
				t.Errorf("down-signal is %q, want %q", got, c.signal)
			}
			if got := file(t, c.process, "timeout-kill"); got != c.kill {
				t.Errorf("timeout-kill is %q, want %q", got, c.kill)
			}
			if got := file(t, c.process, "finish"); !strings.Contains(got, "/finish p"+c.exit+"$1 $2\n") {
				t.Errorf("finish is %q, want it with %q", got, c.exit)
			}
		})
	}
}

// Whatever the text, it must come out of execline's reader as the same one word.
func FuzzQuote(f *testing.F) {
	for _, w := range everything().Command {
		f.Add(w)
	}
	f.Fuzz(func(t *testing.T, w string) {
		if strings.ContainsRune(w, 0) {
			return // no argument can hold it
		}
		if got, rest := unquote(quote(w)); got != w || rest != "" {
			t.Errorf("%q was read as %q, rest %q", w, got, rest)
		}
	})
}

// unquote reads one word as execlineb does.
func unquote(s string) (word, rest string) {
	quoted := false
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		switch c := s[i]; {
		case c == '"':
			quoted = !quoted
		case c == '\\' && quoted:
			i++
			b.WriteByte(s[i])
		case !quoted && strings.IndexByte(" \t\r\n{}#", c) >= 0:
			return b.String(), s[i:]
		default:
			b.WriteByte(c)
		}
	}
	return b.String(), ""
}
