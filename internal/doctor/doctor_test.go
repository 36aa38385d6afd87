package doctor

import (
	"context"
	"errors"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/ferry-project/ferry/internal/api"
	"github.com/ferry-project/ferry/internal/engine/endpoint"
)

func TestHealthyMachine(t *testing.T) {
	w := healthy()
	all, told := run(t, w.doctor(false), false)
	want := []api.Check{
		{Name: "operating system", OK: true, Found: "Debian GNU/Linux 12 (bookworm)"},
		{Name: "engine", OK: true, Found: "Docker 20.10.24, API 1.41"},
		{Name: "limits of the engine", OK: true, Found: "none that matter"},
		{Name: "iptables", OK: true, Found: "/usr/sbin/iptables"},
		{Name: "disk of the engine", OK: true, Found: "50.0 GB left in /var/lib/docker"},
		{Name: "disk of Ferry", OK: true, Found: "50.0 GB left in /root/.ferry"},
		{Name: "memory", OK: true, Found: "8.0 GB, of which 4.0 GB can be had"},
		{Name: "fuse", OK: true, Found: "/dev/fuse"},
		{Name: "base image", OK: true, Found: "can be made here, with /usr/bin/mmdebstrap"},
		{Name: "clock", OK: true, Found: "2026-11-22 12:00 UTC"},
	}
	if d := cmp.Diff(want, all); d != "" {
		t.Error(d)
	}
	if len(w.ran)+len(told) > 0 {
		t.Errorf("ran %v, told %v", w.ran, told)
	}
}

// fault is something wrong with a machine that was healthy, and what a doctor
// says to it.
type fault struct {
	name    string
	spoil   func(w *world, d *Doctor)
	check   string
	ok      bool
	found   string
	hint    string
	exactly bool // of the hint
}

func systemFaults() []fault {
	return []fault{
		{"another system", func(_ *world, d *Doctor) { d.Machine.OS = "darwin" }, "operating system", true, "darwin", "virtual machine", false},
		{"another system, engine elsewhere", func(_ *world, d *Doctor) { d.Machine.OS, d.Socket = "darwin", "" }, "operating system", true, "another machine", "", true},
		{"another Linux", func(w *world, _ *Doctor) {
			w.write("etc/os-release", "NAME=Fedora\nID=fedora\nPRETTY_NAME='Fedora 43'\n")
		}, "operating system", true, "Fedora 43", "Debian and Ubuntu only", false},
		{"a relative of Ubuntu", func(w *world, _ *Doctor) { w.write("etc/os-release", "ID=pop\nID_LIKE=\"ubuntu debian\"\n") }, "operating system", true, "Linux pop", "", true},
		{"no os-release", func(w *world, _ *Doctor) { w.drop("etc/os-release") }, "operating system", true, "Linux", "", false},

		{
			"no engine", func(w *world, _ *Doctor) { w.drop("usr/sbin/dockerd", "var/run/docker.sock"); w.engine = errDown }, "engine", false, "not installed",
			"sudo apt-get update && sudo apt-get install -y --no-install-recommends docker.io && sudo sh -c 'setsid dockerd >/var/log/dockerd.log 2>&1 </dev/null &'", true,
		},
		{"no engine, no apt", func(w *world, _ *Doctor) {
			w.drop("usr/sbin/dockerd", "var/run/docker.sock", "usr/bin/apt-get")
			w.engine = errDown
		}, "engine", false, "not installed", "package manager (Debian calls it docker.io)", false},
		{"engine not running", func(w *world, _ *Doctor) { w.engine = errDown; w.write("run/systemd/system/x", "") }, "engine", false, "installed but not running", "sudo systemctl start docker", true},
		{"engine not running, root", func(w *world, d *Doctor) {
			d.Machine.Root = true
			w.engine = errDown
			w.write("run/systemd/system/x", "")
		}, "engine", false, "installed but not running", "ferry doctor --fix, or: systemctl start docker", true},
		{"no permission", func(w *world, _ *Doctor) { w.engine = errDenied }, "engine", false, "may not use /var/run/docker.sock", "usermod -aG docker", false},
		{"engine hangs", func(w *world, _ *Doctor) { w.engine = errDown; w.write("proc/77/stat", "77 (dockerd) S 1 77") }, "engine", false, "runs but does not answer", "never restarts", false},
		{"engine ended but not reaped", func(w *world, _ *Doctor) { w.engine = errDown; w.write("proc/77/stat", "77 (dockerd) Z 1 77") }, "engine", false, "installed but not running", "", false},
		{"somebody's socket", func(w *world, _ *Doctor) { w.engine = errDown; w.drop("usr/sbin/dockerd") }, "engine", false, "nobody answers", "DOCKER_HOST", false},
		{"rootless engine", func(w *world, d *Doctor) { w.engine = errDown; d.Socket = "/run/user/1/docker.sock" }, "engine", false, "nobody answers at /run/user/1", "DOCKER_HOST", false},
		{"engine elsewhere", func(w *world, d *Doctor) { w.engine = errDown; d.Socket = "" }, "engine", false, "does not answer", "DOCKER_HOST", false},
		{"engine of a context", func(_ *world, d *Doctor) { d.Socket, d.From = "/run/user/1/docker.sock", "DOCKER_HOST" }, "engine", true, "API 1.41, at /run/user/1/docker.sock (from DOCKER_HOST)", "", true},
		{"engine of a context elsewhere", func(_ *world, d *Doctor) { d.Socket, d.From = "", "--context x" }, "engine", true, "API 1.41 (from --context x)", "", true},
		{"old engine", func(w *world, _ *Doctor) { w.info.APIVersion = "1.39" }, "engine", false, "API 1.39; Ferry needs 1.40", "update it", true},
		{"odd version", func(w *world, _ *Doctor) { w.info.APIVersion = "?" }, "engine", false, "API ?", "update it", true},
		{"newest engine", func(w *world, _ *Doctor) { w.info.APIVersion = "2.0" }, "engine", true, "API 2.0", "", true},
	}
}

func otherFaults() []fault {
	return []fault{
		{"no iptables", func(w *world, _ *Doctor) { w.drop("usr/sbin/iptables") }, "iptables", false, "not installed", "sudo apt-get install -y --no-install-recommends iptables", false},
		{"no iptables, engine elsewhere", func(w *world, d *Doctor) { w.drop("usr/sbin/iptables"); d.Socket = "" }, "iptables", true, "another machine", "", true},

		{"nftables", func(w *world, _ *Doctor) { w.drop("usr/sbin/iptables"); w.info.Facts.Firewall = "nftables" }, "iptables", true, "uses nftables", "", true},
		{"Podman", func(w *world, _ *Doctor) { w.drop("usr/sbin/iptables"); w.info.Facts.Product = "Podman" }, "iptables", true, "Podman brings", "", true},
		{"Podman's name", func(w *world, _ *Doctor) { w.info.Facts.Product = "Podman" }, "engine", true, "Podman 20.10.24", "", true},
		{"rootless", func(w *world, _ *Doctor) { w.info.Facts.Namespaced = "rootless" }, "limits of the engine", true, "Gluster cannot work", "use hadoop or cassandra", false},
		{"limits of no engine", func(w *world, _ *Doctor) { w.engine = errDown }, "limits of the engine", true, "not known", "", true},
		{"memory of a desktop", func(w *world, _ *Doctor) { w.info.Facts.Machine, w.info.Memory = "Docker Desktop", gb }, "memory", false, "1.0 GB; at least", "more memory", false},
		{"fuse of a desktop", func(w *world, _ *Doctor) { w.drop("dev/fuse"); w.info.Facts.Machine = "Docker Desktop" }, "fuse", true, "another machine", "", true},

		{"full disk", func(w *world, _ *Doctor) { w.free["/var/lib/docker"] = 2 * gb }, "disk of the engine", false, "2.0 GB left in /var/lib/docker; at least 5.0 GB", "ferry ps -a", false},
		{"data elsewhere", func(w *world, _ *Doctor) { w.info.DataRoot = "/data/docker"; w.free["/"] = gb }, "disk of the engine", false, "1.0 GB left in /data/docker", "", false},
		{"disk of a remote engine", func(w *world, d *Doctor) { d.Socket = ""; w.free = nil }, "disk of the engine", true, "another machine", "", true},
		{"full home", func(w *world, _ *Doctor) { w.free["/"] = gb / 2 }, "disk of Ferry", false, "0.5 GB left in /root/.ferry", "FERRY_HOME", false},
		{"unknown disk", func(w *world, _ *Doctor) { w.free = nil }, "disk of Ferry", false, "not known: no such folder", "", false},

		{"small machine", func(w *world, _ *Doctor) { w.write("proc/meminfo", "MemTotal: 1048576 kB\nMemAvailable: 1048576 kB\n") }, "memory", false, "1.0 GB; at least 2.0 GB", "more memory", false},
		{"busy machine", func(w *world, _ *Doctor) { w.write("proc/meminfo", "MemTotal: 8388608 kB\nMemAvailable: 524288 kB\n") }, "memory", false, "only 0.5 GB", "ferry ps", false},
		{"memory of a remote engine", func(_ *world, d *Doctor) { d.Socket = "" }, "memory", true, "8.0 GB, of which 8.0", "", true},
		{"no memory known", func(w *world, _ *Doctor) { w.drop("proc/meminfo"); w.info.Memory = 0 }, "memory", false, "not known", "/proc/meminfo", false},

		{"an old kernel", func(w *world, _ *Doctor) { w.write("proc/sys/kernel/osrelease", "4.18.0-553.el8\n") }, "fuse", false, "Linux 4.18.0-553.el8", "use a newer kernel", false},
		{"a kernel that will do", func(w *world, _ *Doctor) { w.write("proc/sys/kernel/osrelease", "5.2.0\n") }, "fuse", true, "/dev/fuse", "", false},
		{"no fuse", func(w *world, _ *Doctor) { w.drop("dev/fuse") }, "fuse", false, "no /dev/fuse", "sudo modprobe fuse", true},

		{"a registry", func(w *world, _ *Doctor) { w.drop("usr/bin/mmdebstrap"); w.registry, w.date = nil, today }, "base image", true, "registry answers", "", true},
		{"no source", func(w *world, _ *Doctor) { w.drop("usr/bin/mmdebstrap") }, "base image", false, "does not answer (no such host)", "sudo apt-get install -y --no-install-recommends mmdebstrap", false},

		{"clock of 1970", func(_ *world, d *Doctor) { d.Now = func() time.Time { return time.Unix(0, 0) } }, "clock", false, "1970-01-01 00:00 UTC, which is earlier", "sudo date -s", false},
		{"clock before the last installation", func(w *world, _ *Doctor) {
			w.files["var/lib/dpkg/status"] = &fstest.MapFile{ModTime: today.Add(25 * time.Hour)}
			w.write("run/systemd/system/x", "")
		}, "clock", false, "earlier than 2026-11-23", "sudo timedatectl set-ntp true", false},
		{"clock beside the registry's", func(w *world, _ *Doctor) {
			w.drop("usr/bin/mmdebstrap")
			w.registry, w.date = nil, today.Add(-6*time.Minute)
		}, "clock", false, "12:00 UTC here and 2026-11-22 11:54 UTC elsewhere", "set it", false},
	}
}

func TestChecks(t *testing.T) {
	for _, c := range append(systemFaults(), otherFaults()...) {
		t.Run(c.name, func(t *testing.T) {
			w := healthy()
			d := w.doctor(false)
			c.spoil(w, d)
			all, _ := run(t, d, false)
			got := find(t, all, c.check)
			if got.OK != c.ok || !strings.Contains(got.Found, c.found) || got.Fixed {
				t.Errorf("got %+v, want %v %q", got, c.ok, c.found)
			}
			if !strings.Contains(got.Hint, c.hint) || c.exactly && got.Hint != c.hint {
				t.Errorf("hint %q, want %q", got.Hint, c.hint)
			}
			if !got.OK && got.Hint == "" && c.name != "unknown disk" {
				t.Error("a fault without a hint")
			}
			if len(w.ran) > 0 {
				t.Errorf("ran %v", w.ran)
			}
		})
	}
}

func TestNewKnowsWhereTheEngineIs(t *testing.T) {
	for host, want := range map[string]string{
		"": "/var/run/docker.sock", "unix:///run/user/1000/docker.sock": "/run/user/1000/docker.sock",
		"tcp://10.0.0.1:2376": "", "ssh://me@there": "",
	} {
		if got := New("/h", endpoint.Endpoint{Host: host}, healthy()).Socket; got != want {
			t.Errorf("%q: socket %q, want %q", host, got, want)
		}
	}
}

func TestRunEndsWithItsContext(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	w := bare()
	if _, err := w.doctor(true).Run(ctx, true, func(string) error { return nil }); !errors.Is(err, context.Canceled) {
		t.Errorf("ended with %v", err)
	}
	if len(w.ran) > 0 {
		t.Errorf("ran %v", w.ran)
	}
}
