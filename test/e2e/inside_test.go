//go:build e2e

package e2e

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"go.yaml.in/yaml/v4"

	"github.com/ferry-project/ferry"
	"github.com/ferry-project/ferry/internal/server"
)

// What is done with a stack that runs, on one of the examples.
func TestInside(t *testing.T) {
	t.Parallel()
	h := newHome(t)
	example, err := filepath.Abs("../../examples/openmpi.yaml")
	if err != nil {
		t.Fatal(err)
	}
	id := h.start(example, "--answer", "storage=1", "--answer", "compute=1", "--set", "connectors[0].name=lab")
	for name, check := range map[string]func(*testing.T, string){
		"exec": h.checkExec, "cp": h.checkCopy, "logs": h.checkLogs, "ssh": h.checkSSH, "ps": h.checkListings,
	} {
		t.Run(name, func(t *testing.T) { check(t, id) })
	}
	t.Run("adopt", func(t *testing.T) { h.checkAdopt(t, id) })
}

func (h *home) checkExec(t *testing.T, id string) {
	r := h.run("exec", id, "--", "sh", "-c", "echo out; echo err >&2; exit 42")
	if r.code != 42 || r.out != "out\n" || r.err != "err\n" {
		t.Errorf("exit 42: %s", r)
	}
	binary := make([]byte, 1<<20)
	_, _ = rand.Read(binary)
	r = h.runContext(context.Background(), binary, "exec", id, "--", "tee", "/service/data/binary")
	if r.code != 0 || r.out != string(binary) {
		t.Errorf("%d binary bytes came back as %d, exit code %d", len(binary), len(r.out), r.code)
	}
	if size := h.sh(id, "openmpi0", "stat -c %s /service/data/binary"); size != "1048576" {
		t.Errorf("%s bytes arrived on the volume", size)
	}
	if got := h.must("exec", id, "lab", "-u", "root", "-w", "/tmp", "-e", "COLOUR=blue", "--", "sh", "-c", "id -un; pwd; echo $COLOUR"); got != "root\n/tmp\nblue" {
		t.Errorf("user, folder and variable: %q", got)
	}
	if r := h.run("exec", id, "--", "no-such-command"); r.code != 127 || !strings.Contains(r.err, "no-such-command") {
		t.Errorf("a command that is not there: %s", r)
	}
	if r := h.run("exec", id, "no-such-node", "--", "true"); r.code != 3 || !strings.Contains(r.err, "gluster0") {
		t.Errorf("a node that is not there: %s", r)
	}
}

func (h *home) checkCopy(t *testing.T, id string) {
	h.file("results/a/one", "1")
	h.file("results/two", "2")
	h.must("cp", "results", id+":/service/data") // onto the mount, from the host
	if got := h.sh(id, "openmpi0", "cd /service/data/results; cat a/one two; stat -c %U . a/one"); got != "12ferry\nferry" {
		t.Errorf("the folder arrived on the volume as %q", got)
	}
	h.must("cp", id+"/openmpi0:/service/data/results", "back")
	got, err := os.ReadFile(filepath.Join(h.work(), "back", "a", "one"))
	if err != nil || string(got) != "1" {
		t.Errorf("the folder came back as %q, %v", got, err)
	}
	h.must("cp", "results/two", id+":notes")
	if got := h.sh(id, "openmpi0", "cat notes"); got != "2" { // where shells begin: on the volume
		t.Errorf("where one lands there is %q", got)
	}
	if r := h.run("cp", id+":/service/data/results", "-"); r.code != 0 || !bytes.Contains([]byte(r.out), []byte("results/a/one")) {
		t.Errorf("no tar on stdout: exit code %d, %d bytes", r.code, len(r.out))
	}
	h.checkHoles(t, id)
	h.checkFolderModes(t, id)
	h.checkHostileNode(t, id)
	h.refused(t, 3, []string{"/nowhere"}, "cp", id+":/nowhere", "x")
	h.refused(t, 3, []string{"missing"}, "cp", "missing", id+":/tmp")
}

// checkHoles sends files of 4 GB that hold 2 bytes there and back.
func (h *home) checkHoles(t *testing.T, id string) {
	h.sh(id, "lab", "mkdir -p sparse; cd sparse; echo a >f; truncate -s 4G f; echo b >>f; mkfifo pipe")
	if r := h.run("cp", id+":sparse", "."); r.code != 0 || !strings.Contains(r.err, "sparse/pipe (a pipe)") {
		t.Errorf("a folder with a hole and a pipe: %s", r)
	}
	h.must("cp", "sparse", id+":again")
	if got := h.sh(id, "lab", "cd again; stat -c %s f; [ $(du -k f | cut -f1) -lt 1000 ] && tail -c 2 f; head -c 2 f; cd ..; rm -r again sparse"); got != "4294967298\nb\na" {
		t.Errorf("the sparse file came back as %q", got)
	}
}

// checkFolderModes copies out of and into folders that anybody may write to.
func (h *home) checkFolderModes(t *testing.T, id string) {
	for _, dir := range []string{"private", "open"} {
		if err := os.MkdirAll(filepath.Join(h.work(), dir), 0o700); err != nil {
			t.Fatal(err)
		}
	}
	h.must("cp", id+":/tmp/.", "private")
	if info, err := os.Stat(filepath.Join(h.work(), "private")); err != nil || info.Mode().Perm() != 0o700 {
		t.Errorf("the folder on the host has mode %v, %v", info.Mode(), err)
	}
	if err := os.Chmod(filepath.Join(h.work(), "open"), 0o777); err != nil {
		t.Fatal(err)
	}
	before := h.sh(id, "lab", "stat -c %a .")
	h.must("cp", "open/.", id+":")
	if after := h.sh(id, "lab", "stat -c %a ."); after != before {
		t.Errorf("the folder had mode %s and has %s", before, after)
	}
	// A link of a job's is not where root writes.
	h.sh(id, "gluster0", "ln -s /etc /tmp/link")
	h.refused(t, 2, []string{"/tmp/link", "copy to /etc"}, "cp", "results/two", id+"/gluster0:/tmp/link/")
	h.must("cp", "results/two", id+"/gluster0:/etc")
	if got := h.sh(id, "gluster0", "cat /etc/two; rm /etc/two /tmp/link"); got != "2" {
		t.Errorf("root's copy: %q", got)
	}
}

// checkHostileNode has a tar in a node that sends what nobody asked for.
func (h *home) checkHostileNode(t *testing.T, id string) {
	const tar = "#!/bin/sh\nexec /bin/tar -c -C /evil results .bashrc\n"
	h.must("exec", id, "lab", "-u", "root", "--", "sh", "-c",
		`mkdir -p /evil/results; touch /evil/results/x /evil/.bashrc; printf '`+tar+`' >/usr/local/sbin/tar; chmod +x /usr/local/sbin/tar`)
	h.refused(t, 1, []string{`the node sent ".bashrc", which was not asked for`}, "cp", id+":/service/data/results", ".")
	if _, err := os.Lstat(filepath.Join(h.work(), ".bashrc")); err == nil {
		t.Error("the node wrote .bashrc")
	}
	h.must("exec", id, "lab", "-u", "root", "--", "rm", "-r", "/usr/local/sbin/tar", "/evil")
}

func (h *home) checkLogs(t *testing.T, id string) {
	if out := h.must("logs", id); !strings.Contains(out, "openmpi0 | sshd: Server listening") {
		t.Errorf("logs of all nodes:\n%s", out)
	}
	if out := h.must("logs", id, "openmpi0", "--tail", "1"); out == "" || strings.Contains(out, "\n") || strings.Contains(out, " | ") {
		t.Errorf("the last line of one node: %q", out)
	}
	top := h.must("logs", id, "--to", "logs")
	if want := filepath.Join(h.work(), "logs", id); top != want {
		t.Errorf("logs --to printed %q, want %q", top, want)
	}
	for _, dir := range []string{"storage/gluster0", "compute/openmpi0", "connectors/lab"} {
		if len(listing(filepath.Join(top, dir))) == 0 {
			t.Errorf("no logs in %s", filepath.Join(top, dir))
		}
	}
}

// checkSSH types into a terminal.
func (h *home) checkSSH(t *testing.T, id string) {
	ssh := h.command(context.Background(), "ssh", id)
	typed := exec.Command("script", "-qec", strings.Join(ssh.Args, " "), "/dev/null")
	typed.Env, typed.Dir = append(ssh.Env, "TERM=xterm"), ssh.Dir
	typed.Stdin = strings.NewReader("tty; echo $TERM-$((6*7)); hostname; exit 9\n")
	out, _ := typed.CombinedOutput() // the exit code is what matters
	for _, want := range []string{"/dev/pts/", "xterm-42", "lab"} {
		if !strings.Contains(string(out), want) {
			t.Errorf("the terminal shows no %q:\n%s", want, out)
		}
	}
	if code := typed.ProcessState.ExitCode(); code != 9 {
		t.Errorf("exit code %d, want the shell's", code)
	}
	r := h.runContext(context.Background(), []byte("hostname; exit 5\n"), "ssh", id, "openmpi0")
	if r.code != 5 || r.out != "openmpi0\n" {
		t.Errorf("a script on stdin: %s", r)
	}
}

func (h *home) checkListings(t *testing.T, id string) {
	var fromYAML []map[string]any
	if err := yaml.Unmarshal([]byte(h.must("ps", "-o", "yaml")), &fromYAML); err != nil || len(fromYAML) != 1 || fromYAML[0]["id"] != id {
		t.Errorf("ps -o yaml: %v, %v", fromYAML, err)
	}
	if s := h.stacks(); len(s) != 1 || s[0].ID != id || s[0].Status != ferry.Running || len(s[0].Services) != 3 {
		t.Errorf("ps -o json: %+v", s)
	}
	if out := h.must("ps", "-q"); out != id {
		t.Errorf("ps -q: %q", out)
	}
	first, second := h.must("plan", "openmpi", "-o", "json"), h.must("plan", "openmpi", "-o", "json")
	if first != second || !json.Valid([]byte(first)) {
		t.Error("plan -o json is no JSON, or not the same twice")
	}
}

// checkAdopt loses the records of a stack: while it runs; with a machine beside; with
// every container and the network. Its data stays, and its machines find each other.
func (h *home) checkAdopt(t *testing.T, id string) {
	before := h.identity(id)
	volumes := h.volumes(id)
	h.adopt(id, os.Remove)
	if got := h.status(id); got != ferry.Running {
		t.Errorf("the adopted stack is %s", got)
	}
	if after := h.identity(id); strings.Join(before, "\n") != strings.Join(after, "\n") {
		t.Errorf("adopted as\n%v\nwas\n%v", after, before)
	}
	for name, lose := range map[string]func(){
		"nothing else":               func() {},
		"a container":                func() { h.mustDocker("rm", container(id, "openmpi0")) },
		"containers and the network": func() { h.pruned(id) },
	} {
		h.must("stop", id)
		lose()
		h.adopt(id, func(file string) error { return os.Truncate(file, 0) })
		h.must("start", id, "--progress", "plain")
		if got := h.must("exec", id, "--", "mpirun", "cat", "/service/data/results/two"); strings.Trim(got, "2") != "" || got == "" {
			t.Errorf("lost: %s; after a stop and a start mpirun says %q", name, got)
		}
		if now := h.volumes(id); now != volumes {
			t.Errorf("lost: %s; the volumes were\n%s\nare\n%s", name, volumes, now)
		}
	}
}

// adopt loses the records, demands that it is said, and takes the stack back.
func (h *home) adopt(id string, lose func(file string) error) {
	h.t.Helper()
	h.must("quit")
	eventually(h.t, 3*time.Minute, "the server has ended", func() bool { return len(h.processes()) == 0 })
	if err := lose(server.PathsOf(h.dir).Store); err != nil {
		h.t.Fatal(err)
	}
	if r := h.run("ps"); !strings.Contains(r.out, id) || !strings.Contains(r.out+r.err, "ferry adopt") {
		h.t.Errorf("ps beside lost records: %s", r)
	}
	if r := h.run("start", id); r.code != 4 || !strings.Contains(r.err, "ferry adopt") {
		h.t.Errorf("start of a stack without a record: %s", r)
	}
	if out := h.must("adopt"); !strings.Contains(out, id) {
		h.t.Errorf("adopt printed\n%s", out)
	}
}

// pruned removes what `docker container prune` and `docker network prune` would.
func (h *home) pruned(id string) {
	h.t.Helper()
	filter := "label=" + ferry.LabelStack + "=" + id
	h.mustDocker(append([]string{"rm"}, strings.Fields(h.mustDocker("ps", "-aq", "--filter", filter))...)...)
	h.mustDocker("network", "rm", h.mustDocker("network", "ls", "-q", "--filter", filter))
}

// volumes names a stack's volumes that hold data, with the moments they were made.
func (h *home) volumes(id string) string {
	h.t.Helper()
	names := strings.Fields(h.mustDocker("volume", "ls", "-q", "--filter", "label="+ferry.LabelStack+"="+id))
	names = slices.DeleteFunc(names, func(n string) bool { return strings.HasSuffix(n, "-doors") })
	if len(names) == 0 {
		h.t.Fatalf("%s has no volumes", id)
	}
	return h.mustDocker(append([]string{"volume", "inspect", "--format", "{{.Name}} {{.CreatedAt}}"}, names...)...)
}

// A test in one line: start, run, remove.
func TestRun(t *testing.T) {
	t.Parallel()
	h := newHome(t)
	r := h.run("run", "gluster:1", "--progress", "quiet", "--", "sh", "-c",
		`echo $BACKEND_STORAGE_TYPE; ferry exec $FERRY_STACK -- sh -c 'id -un; exit 9'`)
	if r.code != 9 || r.out != "gluster\nferry\n" || r.err != "" && !strings.HasPrefix(r.err, "started a server") {
		t.Errorf("run: %s", r)
	}
	h.nothingMade()
}
