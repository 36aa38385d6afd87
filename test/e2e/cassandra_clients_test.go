//go:build e2e

package e2e

import (
	"context"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/ferry-project/ferry/internal/script/cql"
	"github.com/ferry-project/ferry/internal/speak"
	"github.com/ferry-project/ferry/internal/speak/cassandra"
)

// script reads a script of testdata/cassandra.
func script(t *testing.T, name string) []byte {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("testdata", "cassandra", name))
	if err != nil {
		t.Fatal(err)
	}
	return text
}

// pipe runs a command in the client with a script as its input.
func (h *home) pipe(t *testing.T, id, name string, command ...string) string {
	t.Helper()
	r := h.runContext(t.Context(), script(t, name), append([]string{"exec", id, "--"}, command...)...)
	if r.code != 0 {
		t.Errorf("%s: %s", name, r)
	}
	return r.out
}

// secretStays checks that the client reads the password from a file of its own, and
// that neither the engine nor another process shows it.
func (h *home) secretStays(t *testing.T, id string) {
	password := h.sh(id, "control-0", `stat -c %a%U "$BACKEND_STORAGE_PASSWORD_FILE" | grep -qx 600ferry; cat "$BACKEND_STORAGE_PASSWORD_FILE"`)
	if len(password) < 20 {
		t.Fatalf("the password is %q", password)
	}
	for what, text := range map[string]string{
		"ferry inspect":  h.must("inspect", id, "-o", "json"),
		"docker inspect": h.mustDocker("inspect", container(id, "control-0"), container(id, "cassandra0"), container(id, "titan0")),
		"environments":   h.mustDocker("exec", container(id, "control-0"), "sh", "-c", "cat /proc/*/environ"),
		"arguments":      h.mustDocker("exec", container(id, "titan0"), "sh", "-c", "cat /proc/*/cmdline"),
	} {
		if strings.Contains(text, password) {
			t.Errorf("%s shows the password", what)
		}
	}
	h.sh(id, "control-0", "/service/examples/city.py | grep -x 'Quito 1763000'")
}

// loginShells checks that fresh login shells have the PATH of other commands, in
// every node.
func (h *home) loginShells(t *testing.T, id string) {
	for _, n := range h.inspect(id).Plan.Nodes {
		const path = `printf %s "$PATH"`
		want := h.must("exec", "-i=false", id, n.Name, "--", "sh", "-c", path)
		for _, shell := range [][]string{{"bash", "-lc", path}, {"sh", "-lc", path}, {"env", "-i", "HOME=/nowhere", "bash", "-lc", path}} {
			if got := h.must(append([]string{"exec", "-i=false", id, n.Name, "--"}, shell...)...); got != want {
				t.Errorf("%s: %q has the PATH %q, not %q", n.Name, shell, got, want)
			}
		}
		if n.Login == "" {
			continue
		}
		if got := h.mustDocker("exec", container(id, n.Name), "su", "-", n.Login, "-c", path); got != want {
			t.Errorf("%s: su has the PATH %q, not %q", n.Name, got, want)
		}
	}
}

// anyAlphabet writes and reads text in every way that a client has.
func (h *home) anyAlphabet(t *testing.T, id string) {
	out := h.pipe(t, id, "alphabet.sh", "bash", "-s")
	for _, line := range []string{"e,1", "stdin,2", "file,3", "copy,4"} {
		if !strings.Contains(out, "\nZürich 東京 é 🙂 "+line) {
			t.Errorf("no line %q in\n%s", line, out)
		}
	}
	for _, word := range []string{`"名" text PRIMARY KEY`, "comment = '城市名'", "5 acknowledged, 0 lost"} {
		if !strings.Contains(out, word) || strings.Contains(out, "said on stderr") {
			t.Errorf("no %q, or something on stderr:\n%s", word, out)
		}
	}
}

// copiesExactly runs COPY while the machine has other work.
func (h *home) copiesExactly(t *testing.T, id string) {
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Minute)
	defer cancel()
	for range 8 {
		hog := exec.CommandContext(ctx, "nice", "-n", "5", "sh", "-c", "while :; do :; done")
		if err := hog.Start(); err != nil {
			t.Fatal(err)
		}
		defer func() { cancel(); _ = hog.Wait() }() // it is killed
	}
	begin := time.Now()
	t.Logf("%s after %s", h.pipe(t, id, "copy.sh", "bash", "-s"), time.Since(begin).Round(time.Second))
}

// graphServerReturns kills the graph's server, whose registration stays behind: the
// next one takes its place, and the schema can still be changed.
func (h *home) graphServerReturns(t *testing.T, id string) {
	before := h.startedAt(id, "titan0")
	h.mustDocker("kill", container(id, "titan0"))
	eventually(t, 3*time.Minute, "titan0 is started again", func() bool { return h.startedAt(id, "titan0") != before })
	h.comesUp(id)
	if got := h.pipe(t, id, "index.groovy", "gremlin", "/dev/stdin"); !strings.Contains(got, "==>titan0(current) true 人 2") {
		t.Errorf("after a kill the graph says %q", got)
	}
	const ask = "g.V().has('称号', '東京タワー é 🙂').values('称号').next()"
	if got := h.must("exec", "-i=false", id, "--", "env", "LC_ALL=C", "gremlin", "-e", ask); got != "==>東京タワー é 🙂" {
		t.Errorf("the client reads %q", got)
	}
	r := h.runContext(t.Context(), []byte(ask+"\n:q\n"), "exec", id, "titan0", "--", "gremlin")
	if !strings.Contains(r.out, "==>東京タワー é 🙂") {
		t.Errorf("the console reads %s", r)
	}
	h.must("exec", "-i=false", id, "titan0", "--", "/usr/lib/ferry/gremlin-ask", "1/('東京é'.length() == 3 ? 1 : 0)")
}

// answersHere asks the services through their published ports, as programs on this
// machine do.
func (h *home) answersHere(t *testing.T, id string) {
	at := map[int]string{}
	for _, n := range h.inspect(id).Plan.Nodes {
		for _, p := range n.Ports {
			if p.Host > 0 {
				at[p.Container] = p.Published()
			}
		}
	}
	here := speak.Peer{Dial: func(ctx context.Context, _ string) (net.Conn, error) {
		return new(net.Dialer).DialContext(ctx, "tcp", at[9042])
	}}
	row := cql.Script{Statements: []cql.Statement{{Text: "SELECT name FROM demo.city WHERE name = 'Lima'"}}}.Ask(9042, "")
	if err := (cassandra.Speaker{}).Do(t.Context(), here, row.Script, func(string) {}); err != nil {
		t.Errorf("CQL at %s: %v", at[9042], err)
	}
	answer, err := http.Get("http://" + at[8182] + "/?gremlin=" + url.QueryEscape("'東京'.length()"))
	if err != nil {
		t.Fatalf("Gremlin at %s: %v", at[8182], err)
	}
	defer answer.Body.Close()
	if text, err := io.ReadAll(answer.Body); err != nil || !strings.Contains(string(text), `"@value":2`) {
		t.Errorf("Gremlin at %s: %v\n%s", at[8182], err, text)
	}
}
