package doctor

import (
	"cmp"
	"io/fs"
	"strconv"
	"strings"

	"github.com/ferry-project/ferry/internal/engine"
)

const (
	engineName  = "engine"
	usualSocket = "/var/run/docker.sock"
)

// engine says which engine answers, or what stands in its way.
func (d *Doctor) engine(info engine.Info, err error) finding {
	switch {
	case err == nil && !fits(info.APIVersion):
		return bad(engineName, "%s %s speaks API %s; Ferry needs 1.40, which came with Docker 19.03", product(info), info.Version, info.APIVersion).
			hint("update it")
	case err == nil:
		return good(engineName, "%s %s, API %s%s", product(info), info.Version, info.APIVersion, d.place())
	case d.Socket == "":
		return bad(engineName, "%v", err).hint("see whether its machine runs and can be reached; DOCKER_HOST or --context names another engine")
	case strings.Contains(err.Error(), "permission"):
		return bad(engineName, "Docker is there, but this user may not use %s", d.Socket).
			hint("sudo usermod -aG docker $USER, then log in again; or run Ferry as root")
	case strings.Contains(err.Error(), "API 1.40"):
		return bad(engineName, "%v", err).hint("update Docker")
	}
	return d.silent(err)
}

func product(info engine.Info) string { return cmp.Or(info.Facts.Product, "Docker") }

// place says which engine it is where there may be several.
func (d *Doctor) place() string {
	switch {
	case d.From != "" && d.Socket != "":
		return ", at " + d.Socket + " (from " + d.From + ")"
	case d.From != "":
		return " (from " + d.From + ")"
	}
	return ""
}

// silent is a local engine that does not answer.
func (d *Doctor) silent(err error) finding {
	switch {
	case d.Socket != usualSocket: // rootless Docker, Podman, a virtual machine's
		return bad(engineName, "nobody answers at %s: %v", d.Socket, err).
			hint("start the engine that makes this socket, or name another one: DOCKER_HOST or --context")
	case d.Machine.program("dockerd") == "" && !d.Machine.exists(d.Socket):
		f := bad(engineName, "Docker is not installed")
		f.packages, f.start = []string{"docker.io"}, true
		return f
	case d.dockerdRuns():
		f := bad(engineName, "dockerd runs but does not answer: %v", err).
			hint("look into its log; Ferry never restarts an engine")
		f.start = true // it may just have been started: waiting for it can help
		return f
	case d.Machine.program("dockerd") == "":
		return bad(engineName, "nobody answers at %s: %v", d.Socket, err).
			hint("start the engine that makes this socket, or name another one: DOCKER_HOST or --context")
	}
	f := bad(engineName, "Docker is installed but not running")
	f.start = true
	return f
}

// fits reports whether an API version is at least 1.40.
func fits(version string) bool {
	major, minor, _ := strings.Cut(version, ".")
	x, err := strconv.Atoi(major)
	if err != nil {
		return false
	}
	y, err := strconv.Atoi(minor)
	return err == nil && (x > 1 || x == 1 && y >= 40)
}

// dockerdRuns looks through the processes; one that has ended and waits for its
// parent to notice does not count.
func (d *Doctor) dockerdRuns() bool {
	stats, err := fs.Glob(d.Machine.Files, "proc/[0-9]*/stat")
	if err != nil {
		return false
	}
	for _, file := range stats {
		text, err := fs.ReadFile(d.Machine.Files, file)
		if err != nil {
			continue // it has ended meanwhile
		}
		_, rest, found := strings.Cut(string(text), " (dockerd) ")
		if found && !strings.HasPrefix(rest, "Z") && !strings.HasPrefix(rest, "X") {
			return true
		}
	}
	return false
}
