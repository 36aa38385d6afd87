//go:build e2e

package e2e

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/ferry-project/ferry"
)

// privateEngine is a Docker daemon in a network namespace of its own: one that a
// test may end and start again.
type privateEngine struct {
	t     *testing.T
	name  string // of the namespace
	dir   string
	begun *exec.Cmd
	ended chan struct{}
}

func newPrivateEngine(t *testing.T) *privateEngine {
	t.Helper()
	dir, err := os.MkdirTemp("", "ferry-docker-")
	if err != nil {
		t.Fatal(err)
	}
	e := &privateEngine{t: t, name: fmt.Sprintf("ferry-e2e-%d", os.Getpid()), dir: dir}
	t.Cleanup(e.remove)
	e.do("ip", "netns", "add", e.name)
	e.do("ip", "-n", e.name, "link", "set", "lo", "up")
	e.start()
	return e
}

// inside is how a program is started beside the daemon.
func (e *privateEngine) inside() []string { return []string{"nsenter", "--net=/run/netns/" + e.name} }

func (e *privateEngine) host() string { return "unix://" + filepath.Join(e.dir, "docker.sock") }

// start starts the daemon and waits until it answers. Questions for names that
// only the world outside could answer are refused at once, by its own bridge.
func (e *privateEngine) start() {
	e.t.Helper()
	log, err := os.OpenFile(filepath.Join(e.dir, "log"), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		e.t.Fatal(err)
	}
	defer log.Close()
	words := append(e.inside(), "dockerd", "--data-root", e.dir+"/data", "--exec-root", e.dir+"/exec",
		"--pidfile", e.dir+"/pid", "-H", e.host(), "--storage-driver", "overlay2", "--dns", "172.17.0.1")
	e.begun = exec.Command(words[0], words[1:]...)
	e.begun.Stdout, e.begun.Stderr = log, log
	e.begun.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
	if err := e.begun.Start(); err != nil {
		e.t.Fatal(err)
	}
	ended := make(chan struct{})
	e.ended = ended
	go func() { _ = e.begun.Wait(); close(ended) }()
	eventually(e.t, 3*time.Minute, "the private engine answers", func() bool {
		return exec.Command("docker", "-H", e.host(), "version").Run() == nil
	})
}

// stop ends the daemon as its service manager would.
func (e *privateEngine) stop() {
	e.t.Helper()
	if err := e.begun.Process.Signal(syscall.SIGTERM); err != nil {
		e.t.Error(err)
		return
	}
	select {
	case <-e.ended:
	case <-time.After(time.Minute):
		e.t.Error("the private engine does not end")
		_ = e.begun.Process.Kill()
		<-e.ended
	}
}

// take copies images from the machine's engine.
func (e *privateEngine) take(refs []string) {
	e.t.Helper()
	begin := time.Now()
	e.do("sh", append([]string{"-c", `to=$1; shift; docker save "$@" | docker -H "$to" load`, "sh", e.host()}, refs...)...)
	e.t.Logf("%d images copied in %s", len(refs), time.Since(begin).Round(time.Second))
}

func (e *privateEngine) do(name string, args ...string) {
	e.t.Helper()
	if out, err := exec.Command(name, args...).CombinedOutput(); err != nil {
		e.t.Fatalf("%s %s: %v\n%s", name, strings.Join(args, " "), err, out)
	}
}

func (e *privateEngine) remove() {
	if e.t.Failed() {
		log, _ := os.ReadFile(filepath.Join(e.dir, "log"))
		e.t.Logf("log of the private engine:\n%s", lastBytes(string(log)))
	}
	if e.begun != nil {
		e.stop()
	}
	mounts, _ := os.ReadFile("/proc/mounts")
	for line := range strings.SplitSeq(string(mounts), "\n") {
		if at := strings.Fields(line); len(at) > 1 && strings.HasPrefix(at[1], e.dir+"/") {
			e.t.Logf("unmounting %s", at[1])
			_ = syscall.Unmount(at[1], syscall.MNT_DETACH)
		}
	}
	if out, err := exec.Command("ip", "netns", "del", e.name).CombinedOutput(); err != nil {
		e.t.Errorf("remove the network namespace: %v\n%s", err, out)
	}
	if err := os.RemoveAll(e.dir); err != nil {
		e.t.Error(err)
	}
}

// Docker is restarted under a stack that runs: it comes back by itself, with
// its data, and works.
func TestEngineRestarted(t *testing.T) {
	t.Parallel()
	builder := newHome(t)
	builder.must("images", "build", "gluster", "openmpi", "mpi-client")
	e := newPrivateEngine(t)
	h := newHome(t)
	h.wrap, h.env = e.inside(), append(h.env, "DOCKER_HOST="+e.host())
	var plan ferry.Plan
	if err := json.Unmarshal([]byte(h.must("plan", "openmpi", "-o", "json")), &plan); err != nil {
		t.Fatal(err)
	}
	var refs []string
	for _, i := range plan.Images {
		refs = append(refs, i.Ref)
	}
	e.take(refs)

	id := h.start("openmpi")
	sum := h.sh(id, "", "head -c 3000000 /dev/urandom | tee /service/data/file | md5sum; sync /service/data/file")
	e.stop()
	if r := h.run("ps", "-a"); r.code != 0 || !strings.Contains(r.out, id) {
		t.Errorf("a listing while the engine is away: %s", r)
	}
	e.start()
	h.comesUp(id)
	if got := h.sh(id, "", "md5sum </service/data/file"); got != sum {
		t.Errorf("the file is %s, was %s", got, sum)
	}
	h.mustRun(t, id)
	if s := h.stacks(); len(s[0].Problems) > 0 {
		t.Errorf("problems are left: %v", s[0].Problems)
	}
}
