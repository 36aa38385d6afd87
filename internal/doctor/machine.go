package doctor

import (
	"context"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"time"
)

// Machine is how a doctor sees a machine and acts on it.
type Machine struct {
	OS       string // as runtime.GOOS
	Root     bool
	Files    fs.FS // from "/"
	Commands Runner
	// Free returns the bytes an ordinary process may still write below path.
	Free func(path string) (int64, error)
	// Registry asks the images' registry for the time. Any answer will do; the
	// time is zero when there is none in it.
	Registry func(ctx context.Context) (time.Time, error)
}

// Runner runs commands.
type Runner interface {
	// Run runs a command to its end. The output has both streams, also with an error.
	Run(ctx context.Context, env []string, command ...string) (output string, err error)
	// Detach starts a command in a session of its own that outlives Ferry; its
	// output is appended to the file log. The channel gets its end, once.
	Detach(log string, env []string, command ...string) (ended <-chan error, err error)
}

// ThisMachine is the one Ferry runs on.
func ThisMachine() Machine {
	return Machine{
		OS: runtime.GOOS, Root: os.Geteuid() == 0, Files: os.DirFS("/"), Commands: commands{}, Free: free,
		Registry: func(ctx context.Context) (time.Time, error) { return ask(ctx, registry) },
	}
}

// registry is where the base image comes from when it is not made here.
const registry = "https://registry-1.docker.io/v2/"

// ask counts every answer: that it wants a login shows that it is there.
func ask(ctx context.Context, url string) (time.Time, error) {
	ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return time.Time{}, err
	}
	r, err := http.DefaultClient.Do(req)
	if err != nil {
		return time.Time{}, err
	}
	defer r.Body.Close() //nolint:errcheck // nothing of it is wanted
	_, _ = io.Copy(io.Discard, io.LimitReader(r.Body, 1<<16))
	if r.StatusCode >= http.StatusInternalServerError {
		return time.Time{}, fmt.Errorf("%s answers %s", url, r.Status)
	}
	date, err := http.ParseTime(r.Header.Get("Date"))
	if err != nil {
		return time.Time{}, nil //nolint:nilerr // an answer without a time is an answer
	}
	return date, nil
}

// commands runs commands on this machine.
type commands struct{}

// Run ends the command with TERM when ctx ends, and with KILL a while later.
func (commands) Run(ctx context.Context, env []string, command ...string) (string, error) {
	cmd := exec.CommandContext(ctx, command[0], command[1:]...)
	cmd.Env = append(cmd.Environ(), env...)
	cmd.Cancel = func() error { return cmd.Process.Signal(syscall.SIGTERM) }
	cmd.WaitDelay = 10 * time.Second
	out, err := cmd.CombinedOutput()
	return string(out), err
}

// Detach is not tied to a context: the command is to go on.
func (commands) Detach(log string, env []string, command ...string) (<-chan error, error) {
	if err := os.MkdirAll(filepath.Dir(log), 0o700); err != nil {
		return nil, err
	}
	out, err := os.OpenFile(log, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return nil, err
	}
	defer out.Close() //nolint:errcheck // the command has its own copy
	cmd := exec.Command(command[0], command[1:]...)
	cmd.Env = append(cmd.Environ(), env...)
	cmd.Stdout, cmd.Stderr, cmd.Dir = out, out, "/"
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	ended := make(chan error, 1)
	go func() { ended <- cmd.Wait() }()
	return ended, nil
}

// inside returns an absolute path's name in Files.
func inside(name string) string {
	if name = strings.TrimPrefix(path.Clean(name), "/"); name == "" {
		return "."
	}
	return name
}

func (m Machine) exists(name string) bool {
	_, err := fs.Stat(m.Files, inside(name))
	return err == nil
}

// searchPath is given to commands too: a root shell made with plain su lacks the
// sbin folders.
const searchPath = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

// program returns the absolute path of a program, "" when it is not installed.
func (m Machine) program(name string) string {
	for dir := range strings.SplitSeq(searchPath, ":") {
		if m.exists(path.Join(dir, name)) {
			return path.Join(dir, name)
		}
	}
	return ""
}

// systemd reports whether it is this machine's init.
func (m Machine) systemd() bool { return m.exists("/run/systemd/system") }

// distribution is a Linux and whether it has apt-get of Debian's kind.
type distribution struct {
	name string
	apt  bool
}

func (m Machine) distribution() distribution {
	text, err := fs.ReadFile(m.Files, "etc/os-release")
	if err != nil {
		return distribution{name: "Linux"}
	}
	values := map[string]string{}
	for line := range strings.Lines(string(text)) {
		key, value, _ := strings.Cut(strings.TrimSpace(line), "=")
		values[key] = strings.Trim(value, `"'`)
	}
	d := distribution{name: values["PRETTY_NAME"]}
	if d.name == "" {
		d.name = strings.TrimSpace("Linux " + values["ID"])
	}
	for id := range strings.FieldsSeq(values["ID"] + " " + values["ID_LIKE"]) {
		d.apt = d.apt || id == "debian" || id == "ubuntu"
	}
	d.apt = d.apt && m.program("apt-get") != ""
	return d
}
