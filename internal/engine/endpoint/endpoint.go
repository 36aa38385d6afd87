// Package endpoint finds the engine that the command docker would use, and says why it
// is that one. It reads the files of Docker's contexts and never asks an engine.
package endpoint

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// Usual is where an engine of the machine listens.
const Usual = "unix:///var/run/docker.sock"

// Endpoint is where an engine listens.
type Endpoint struct {
	Host     string // unix://, tcp://, ssh://
	Certs    string // folder with some of ca.pem, cert.pem and key.pem; "": no TLS
	Insecure bool   // with TLS: whoever answers is believed to be the engine
	// From says what named it: `DOCKER_HOST`, `the Docker context "rootless"`; empty: nothing
	// did, and it is the usual one.
	From string
	// Asked: this very command's option or environment names it.
	Asked bool
}

// String is the address, and what named it.
func (e Endpoint) String() string {
	if e.From == "" {
		return e.Host
	}
	return fmt.Sprintf("%s (from %s)", e.Host, e.From)
}

// Socket returns the path of a socket of this machine, "" for any other address.
func (e Endpoint) Socket() string {
	path, local := strings.CutPrefix(e.Host, "unix://")
	if !local {
		return ""
	}
	return path
}

// Is reports whether host is the same address: a socket may have several paths.
func (e Endpoint) Is(host string) bool {
	if e.Host == host {
		return true
	}
	other := Endpoint{Host: host}
	if e.Socket() == "" || other.Socket() == "" {
		return false
	}
	a, err := os.Stat(e.Socket())
	if err != nil {
		return false
	}
	b, err := os.Stat(other.Socket())
	return err == nil && os.SameFile(a, b)
}

// Environment is what names an engine: an option, variables, and where files are.
type Environment struct {
	Context   string // the option --context
	Host      string // DOCKER_HOST
	InContext string // DOCKER_CONTEXT
	Config    string // DOCKER_CONFIG: folder of the files; "": ~/.docker
	CertPath  string // DOCKER_CERT_PATH
	TLS       bool   // DOCKER_TLS is set
	Verify    bool   // DOCKER_TLS_VERIFY is set
	Home      string // HOME
	Runtime   string // XDG_RUNTIME_DIR
	// Root is the file system's, for tests; "": "/".
	Root string
}

// Variables are the part of an environment that is in variables.
func Variables(getenv func(string) string) Environment {
	return Environment{
		Host: getenv("DOCKER_HOST"), InContext: getenv("DOCKER_CONTEXT"), Config: getenv("DOCKER_CONFIG"),
		CertPath: getenv("DOCKER_CERT_PATH"), TLS: getenv("DOCKER_TLS") != "", Verify: getenv("DOCKER_TLS_VERIFY") != "",
		Home: getenv("HOME"), Runtime: getenv("XDG_RUNTIME_DIR"),
	}
}

// Find follows docker's own order: the option, DOCKER_HOST, DOCKER_CONTEXT, the current
// context, the usual socket. Where that one is not there, the sockets of rootless engines,
// of Docker Desktop and of Podman are looked for, which docker does not.
func (e Environment) Find() (Endpoint, error) {
	switch {
	case e.Context != "":
		return e.asked(e.context(e.Context, fmt.Sprintf("--context %s", e.Context)))
	case e.Host != "":
		return Endpoint{Host: e.address(), Certs: e.certs(), Insecure: !e.Verify && e.certs() != "", From: "DOCKER_HOST", Asked: true}, nil
	case e.InContext != "":
		return e.asked(e.context(e.InContext, fmt.Sprintf("DOCKER_CONTEXT=%s", e.InContext)))
	}
	current, err := e.current()
	if err != nil || current != "" {
		return e.named(current, err)
	}
	return e.lookedFor(), nil
}

func (e Environment) asked(found Endpoint, err error) (Endpoint, error) {
	found.Asked = true
	return found, err
}

func (e Environment) named(current string, err error) (Endpoint, error) {
	if err != nil {
		return Endpoint{}, err
	}
	return e.context(current, fmt.Sprintf("the current Docker context %q", current))
}

// Docker's ports, without and with TLS.
const (
	plainPort  = ":2375"
	securePort = ":2376"
)

// address completes DOCKER_HOST as docker does: tcp is meant where nothing is said, and
// a port is not asked for.
func (e Environment) address() string {
	host := strings.TrimSpace(e.Host)
	if !strings.Contains(host, "://") {
		host = "tcp://" + host
	}
	at, tcp := strings.CutPrefix(host, "tcp://")
	if !tcp || strings.Contains(strings.TrimPrefix(at, "["), ":") && !strings.HasSuffix(at, "]") {
		return host
	}
	if e.certs() != "" {
		return host + securePort
	}
	return host + plainPort
}

// certs is where docker looks for certificates when TLS is asked for.
func (e Environment) certs() string {
	switch {
	case !e.TLS && !e.Verify:
		return ""
	case e.CertPath != "":
		return e.CertPath
	}
	return e.config()
}

// A candidate is a socket that an engine makes.
type candidate struct{ path, whose string }

func (e Environment) candidates() []candidate {
	all := []candidate{{"/var/run/docker.sock", ""}}
	if e.Runtime != "" {
		all = append(all, candidate{filepath.Join(e.Runtime, "docker.sock"), "the socket of rootless Docker"})
	}
	if e.Home != "" {
		all = append(all,
			candidate{filepath.Join(e.Home, ".docker/run/docker.sock"), "the socket of Docker Desktop"},
			candidate{filepath.Join(e.Home, ".docker/desktop/docker.sock"), "the socket of Docker Desktop"})
	}
	if e.Runtime != "" {
		all = append(all, candidate{filepath.Join(e.Runtime, "podman/podman.sock"), "the socket of rootless Podman"})
	}
	return append(all, candidate{"/run/podman/podman.sock", "the socket of Podman"})
}

// lookedFor returns the first socket that is there, else the usual one.
func (e Environment) lookedFor() Endpoint {
	for _, c := range e.candidates() {
		info, err := os.Stat(filepath.Join(e.Root, c.path))
		if err == nil && info.Mode()&fs.ModeSocket != 0 {
			return Endpoint{Host: "unix://" + c.path, From: c.whose}
		}
	}
	return Endpoint{Host: Usual}
}
