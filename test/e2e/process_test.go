//go:build e2e

package e2e

import (
	"bytes"
	"context"
	"encoding/json"
	"os"
	"os/exec"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/ferry-project/ferry/internal/api"
)

// process is a ferry that runs beside the test.
type process struct {
	t    *testing.T
	cmd  *exec.Cmd
	out  bytes.Buffer
	talk talk
	done chan struct{}
}

// talk is what a process has said on stderr so far.
type talk struct {
	mu   sync.Mutex
	text string
	read int // what await has seen
}

func (k *talk) Write(p []byte) (int, error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.text += string(p)
	return len(p), nil
}

func (k *talk) all() string {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.text
}

// has looks for words in what was said since the last words that were found.
func (k *talk) has(words string) bool {
	k.mu.Lock()
	defer k.mu.Unlock()
	i := strings.Index(k.text[k.read:], words)
	if i >= 0 {
		k.read += i + len(words)
	}
	return i >= 0
}

// begin starts ferry without waiting for its end.
func (h *home) begin(args ...string) *process {
	h.t.Helper()
	p := &process{t: h.t, cmd: h.command(context.Background(), args...), done: make(chan struct{})}
	p.cmd.Stdout, p.cmd.Stderr = &p.out, &p.talk
	if err := p.cmd.Start(); err != nil {
		h.t.Fatal(err)
	}
	go func() {
		defer close(p.done)
		_ = p.cmd.Wait() // the exit code is asked for by end
	}()
	h.t.Cleanup(func() {
		_ = p.cmd.Process.Kill() // it has ended, unless the test has failed
		<-p.done
	})
	return p
}

// await waits until the process says something on stderr.
func (p *process) await(words string) {
	p.t.Helper()
	if !p.says(words) {
		p.t.Fatalf("%v ended without saying %q:\n%s", p.cmd.Args[1:], words, p.talk.all())
	}
}

// says waits like await, and is false when the process has ended without it.
func (p *process) says(words string) bool {
	p.t.Helper()
	deadline := time.After(2 * time.Minute)
	tick := time.NewTicker(2 * time.Millisecond)
	defer tick.Stop()
	for !p.talk.has(words) {
		select {
		case <-p.done:
			return p.talk.has(words)
		case <-deadline:
			p.t.Fatalf("%v did not say %q:\n%s", p.cmd.Args[1:], words, p.talk.all())
		case <-tick.C:
		}
	}
	return true
}

func (p *process) signal(s os.Signal) {
	p.t.Helper()
	if err := p.cmd.Process.Signal(s); err != nil {
		p.t.Fatalf("signal %v: %v", s, err)
	}
}

// end waits for the end of the process.
func (p *process) end() result {
	p.t.Helper()
	select {
	case <-p.done:
	case <-time.After(3 * time.Minute):
		p.t.Fatalf("%v does not end:\n%s", p.cmd.Args[1:], p.talk.all())
	}
	return result{p.out.String(), p.talk.all(), p.cmd.ProcessState.ExitCode()}
}

// version tells which server answers.
func (h *home) version() api.Version {
	h.t.Helper()
	var v struct {
		Server api.Version `json:"server"`
	}
	if err := json.Unmarshal([]byte(h.must("version", "-o", "json")), &v); err != nil || v.Server.PID == 0 {
		h.t.Fatalf("ferry version -o json: %+v, %v", v, err)
	}
	return v.Server
}

// killServer ends the server as a crash would, and waits until it is gone.
func (h *home) killServer() {
	h.t.Helper()
	pid := h.version().PID
	if err := syscall.Kill(pid, syscall.SIGKILL); err != nil {
		h.t.Fatalf("kill server %d: %v", pid, err)
	}
}
