package doctor

import (
	"context"
	"fmt"
	"io/fs"
	"path"
	"strconv"
	"strings"
	"time"

	"github.com/ferry-project/ferry/internal/engine"
)

// The least that is worth trying.
const (
	gb            = 1 << 30
	leastEngine   = 5 * gb // images, and the data of a small stack
	leastHome     = 1 * gb // records, logs, what builds may reuse
	leastMemory   = 2 * gb // a storage with a client
	leastUnused   = 1 * gb
	clockDrift    = 5 * time.Minute // more breaks logins and leases
	dataByDefault = "/var/lib/docker"
)

func (d *Doctor) system() finding {
	const name = "operating system"
	if d.Machine.OS != "linux" && d.Socket == "" {
		return good(name, "%s; the engine is on another machine", d.Machine.OS)
	}
	if d.Machine.OS != "linux" {
		return good(name, "%s", d.Machine.OS).hint("stacks run in the engine's virtual machine")
	}
	dist := d.Machine.distribution()
	f := good(name, "%s", dist.name)
	if !dist.apt {
		return f.hint("ferry doctor --fix can mend Debian and Ubuntu only")
	}
	return f
}

// elsewhere reports whether nodes run on another machine, which may be a virtual one here.
func (d *Doctor) elsewhere(info engine.Info) bool { return d.Socket == "" || info.Facts.Machine != "" }

func (d *Doctor) iptables(info engine.Info) finding {
	const name = "iptables"
	switch {
	case d.elsewhere(info):
		return good(name, "not needed here: the engine is on another machine")
	case info.Facts.Firewall == "nftables":
		return good(name, "not needed: the engine uses nftables")
	case info.Facts.Product == "Podman":
		return good(name, "not looked for: Podman brings what its networks need")
	}
	if at := d.Machine.program("iptables"); at != "" {
		return good(name, "%s", at)
	}
	f := bad(name, "not installed; Docker's networks need it")
	f.packages = []string{"iptables"}
	return f
}

func (d *Doctor) engineDisk(info engine.Info) finding {
	const name = "disk of the engine"
	if d.elsewhere(info) {
		return good(name, "not looked at: the engine is on another machine")
	}
	root := info.DataRoot
	if root == "" {
		root = dataByDefault
	}
	return d.disk(name, root, leastEngine).
		orHint("remove what is not needed (ferry ps -a, ferry images, docker system df), or move Docker's data-root to a larger disk")
}

func (d *Doctor) homeDisk() finding {
	return d.disk("disk of Ferry", d.Home, leastHome).orHint("make room, or set FERRY_HOME to a folder on a larger disk")
}

func (f finding) orHint(text string) finding {
	if f.OK {
		return f
	}
	return f.hint("%s", text)
}

// disk asks for the nearest folder that is there: the rest will be made in it.
func (d *Doctor) disk(name, folder string, least int64) finding {
	at := path.Clean("/" + folder)
	for at != "/" && !d.Machine.exists(at) {
		at = path.Dir(at)
	}
	left, err := d.Machine.Free(at)
	switch {
	case err != nil:
		return bad(name, "the space left in %s is not known: %v", folder, err)
	case left < least:
		return bad(name, "%s left in %s; at least %s is needed", size(left), folder, size(least))
	}
	return good(name, "%s left in %s", size(left), folder)
}

func size(bytes int64) string { return fmt.Sprintf("%.1f GB", float64(bytes)/gb) }

func (d *Doctor) memory(info engine.Info) finding {
	const name = "memory"
	total, unused := d.meminfo()
	if d.elsewhere(info) || total == 0 {
		total, unused = info.Memory, info.Memory
	}
	switch {
	case total == 0:
		return bad(name, "not known").hint("make /proc/meminfo readable, or start the engine")
	case total < leastMemory:
		return bad(name, "%s; at least %s is needed", size(total), size(leastMemory)).
			hint("use a machine with more memory; 8 GB are comfortable")
	case unused < leastUnused:
		return bad(name, "%s, of which only %s can be had", size(total), size(unused)).
			hint("stop what is not needed; ferry ps shows your stacks")
	}
	return good(name, "%s, of which %s can be had", size(total), size(unused))
}

// meminfo returns this machine's memory in bytes, 0 where there is no /proc.
func (d *Doctor) meminfo() (total, available int64) {
	text, err := fs.ReadFile(d.Machine.Files, "proc/meminfo")
	if err != nil {
		return 0, 0
	}
	for line := range strings.Lines(string(text)) {
		fields := strings.Fields(line)
		if len(fields) < 2 {
			continue
		}
		kib, _ := strconv.ParseInt(fields[1], 10, 64)
		switch fields[0] {
		case "MemTotal:":
			total = kib << 10
		case "MemAvailable:":
			available = kib << 10
		}
	}
	return total, available
}

func (d *Doctor) fuse(info engine.Info) finding {
	const name = "fuse"
	if d.elsewhere(info) {
		return good(name, "not looked for: the engine is on another machine")
	}
	if release := d.kernel(); older(release, 5, 2) {
		return bad(name, "Linux %s; a Gluster volume's mount is handed to nodes by calls of Linux 5.2, nothing else needs them", release).
			hint("use a newer kernel, or a stack without Gluster")
	}
	if d.Machine.exists("/dev/fuse") {
		return good(name, "/dev/fuse")
	}
	f := bad(name, "there is no /dev/fuse; clients of Gluster need it, nothing else does")
	f.module = "fuse"
	return f
}

// kernel returns the release of this machine's kernel, "" where it is not known.
func (d *Doctor) kernel() string {
	text, err := fs.ReadFile(d.Machine.Files, "proc/sys/kernel/osrelease")
	if err != nil {
		return ""
	}
	return strings.TrimSpace(string(text))
}

// older reports whether a release such as "5.10.0-8-amd64" is known to be older.
func older(release string, major, minor int) bool {
	var a, b int
	if n, _ := fmt.Sscanf(release, "%d.%d", &a, &b); n != 2 {
		return false
	}
	return a < major || a == major && b < minor
}

// base asks the registry only when there is no other source; its time is good
// for the clock.
func (d *Doctor) base(ctx context.Context) (finding, time.Time) {
	const name = "base image"
	if at := d.Machine.program("mmdebstrap"); at != "" {
		return good(name, "can be made here, with %s", at), time.Time{}
	}
	now, err := d.Machine.Registry(ctx)
	if err == nil {
		return good(name, "can be fetched: the registry answers"), now
	}
	f := bad(name, "no source: mmdebstrap is not installed, and the registry does not answer (%v)", err)
	f.packages = []string{"mmdebstrap"}
	return f, time.Time{}
}

// witnesses are files that some boot or installation has written: now is later.
func witnesses() []string {
	return []string{"var/lib/dpkg/status", "etc/hostname", "etc/resolv.conf", "etc/passwd"}
}

// clock compares with the registry's time where it was asked, else with the
// times of files; a day is granted for zones mistaken while installing.
func (d *Doctor) clock(registry time.Time) finding {
	const name, shape = "clock", "2006-01-02 15:04 MST"
	now := d.Now().UTC()
	if drift := now.Sub(registry).Abs(); !registry.IsZero() && drift > clockDrift {
		return bad(name, "it is %s here and %s elsewhere", now.Format(shape), registry.UTC().Format(shape)).hint("%s", d.setClock())
	}
	past := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC) // Ferry is younger
	for _, file := range witnesses() {
		if info, err := fs.Stat(d.Machine.Files, file); err == nil && info.ModTime().After(past) {
			past = info.ModTime()
		}
	}
	if now.Before(past.Add(-24 * time.Hour)) {
		return bad(name, "it is %s, which is earlier than %s, when this machine was worked on", now.Format(shape), past.UTC().Format(shape)).
			hint("%s", d.setClock())
	}
	return good(name, "%s", now.Format(shape))
}

func (d *Doctor) setClock() string {
	if d.Machine.systemd() {
		return "set it: " + d.asRoot("timedatectl set-ntp true")
	}
	return "set it: " + d.asRoot("date -s 'YYYY-MM-DD HH:MM'")
}
