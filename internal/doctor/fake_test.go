package doctor

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/ferry-project/ferry/internal/api"
	"github.com/ferry-project/ferry/internal/engine"
)

var (
	errDown   = fmt.Errorf("ask docker about itself: %w: Docker does not answer", engine.ErrUnavailable)
	errDenied = fmt.Errorf("%w: no permission to use Docker", engine.ErrUnavailable)
	today     = time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)
)

// world is a machine that is no machine: commands change its files and its engine.
type world struct {
	files    fstest.MapFS
	info     engine.Info
	engine   error // of Info
	registry error
	date     time.Time // of the registry
	free     map[string]int64
	ran      []string
	broken   map[string]string // command's beginning → its output; it then fails
	slow     int               // so often the engine does not answer yet once it is started
	late     int               // of it left
	dies     bool              // instead
	log      string            // what a dockerd writes that does not start
}

// healthy is a Debian with everything, its engine running.
func healthy() *world {
	w := &world{files: fstest.MapFS{}, broken: map[string]string{}, registry: errors.New("no such host")}
	w.info = engine.Info{Engine: "docker", Version: "20.10.24", APIVersion: "1.41", Memory: 8 * gb, DataRoot: "/var/lib/docker"}
	w.free = map[string]int64{"/var/lib/docker": 50 * gb, "/": 50 * gb}
	w.write("etc/os-release", "PRETTY_NAME=\"Debian GNU/Linux 12 (bookworm)\"\nID=debian\n")
	w.write("proc/meminfo", "MemTotal:       8388608 kB\nMemFree: 1 kB\nMemAvailable:   4194304 kB\n")
	for _, file := range []string{"usr/bin/apt-get", "usr/sbin/iptables", "usr/bin/mmdebstrap", "usr/sbin/dockerd", "dev/fuse"} {
		w.write(file, "")
	}
	w.files["var/run/docker.sock"] = &fstest.MapFile{Mode: fs.ModeSocket}
	w.files["var/lib/docker"] = &fstest.MapFile{Mode: fs.ModeDir}
	return w
}

// bare is a Debian with nothing on it.
func bare() *world {
	w := healthy()
	w.drop("usr/sbin/iptables", "usr/bin/mmdebstrap", "usr/sbin/dockerd", "var/run/docker.sock", "var/lib/docker")
	w.engine = errDown
	return w
}

func (w *world) write(file, text string) { w.files[file] = &fstest.MapFile{Data: []byte(text)} }

func (w *world) drop(files ...string) {
	for _, f := range files {
		delete(w.files, f)
	}
}

func (w *world) doctor(root bool) *Doctor {
	return &Doctor{
		Home: "/root/.ferry", Engine: w, Socket: usualSocket, Now: func() time.Time { return today },
		Machine: Machine{
			OS: "linux", Root: root, Files: w.files, Commands: w, Free: w.left,
			Registry: func(context.Context) (time.Time, error) { return w.date, w.registry },
		},
	}
}

func (w *world) left(path string) (int64, error) {
	if n, ok := w.free[path]; ok {
		return n, nil
	} else if n, ok := w.free["/"]; ok {
		return n, nil
	}
	return 0, fmt.Errorf("no such folder: %s", path)
}

func (w *world) Info(context.Context) (engine.Info, error) {
	if w.engine == nil && w.late > 0 {
		w.late--
		return engine.Info{}, errDown
	}
	if w.engine != nil {
		return engine.Info{}, w.engine
	}
	return w.info, nil
}

func (w *world) Run(_ context.Context, env []string, command ...string) (string, error) {
	text := strings.Join(command, " ")
	w.ran = append(w.ran, text)
	if command[0] == "apt-get" && !slices.Contains(env, "DEBIAN_FRONTEND=noninteractive") {
		return "", errors.New("it asks questions")
	}
	for begin, output := range w.broken {
		if strings.HasPrefix(text, begin) {
			return output, errors.New("exit status 100")
		}
	}
	w.happens(command)
	return "", nil
}

func (w *world) happens(command []string) {
	for _, word := range command {
		switch word {
		case "docker.io":
			w.write("usr/sbin/dockerd", "")
		case "iptables", "mmdebstrap":
			w.write("usr/sbin/"+word, "")
		case "systemctl":
			w.engine, w.late = nil, w.slow
		case "modprobe":
			w.write("dev/fuse", "")
		}
	}
}

func (w *world) Detach(log string, _ []string, command ...string) (<-chan error, error) {
	w.ran = append(w.ran, strings.Join(command, " ")+" & >"+log)
	w.write(inside(log), w.log)
	ended := make(chan error, 1)
	if w.dies {
		ended <- errors.New("exit status 1")
	} else if w.log == "" {
		w.engine, w.late = nil, w.slow
	}
	return ended, nil
}

// find returns the check of that name.
func find(t *testing.T, all []api.Check, name string) api.Check {
	t.Helper()
	for _, c := range all {
		if c.Name == name {
			return c
		}
	}
	t.Fatalf("there is no check %q in %v", name, all)
	return api.Check{}
}

// run runs a doctor and returns its checks and what it reported.
func run(t *testing.T, d *Doctor, fix bool) (all []api.Check, told []string) {
	t.Helper()
	all, err := d.Run(t.Context(), fix, func(line string) error {
		told = append(told, line)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return all, told
}
