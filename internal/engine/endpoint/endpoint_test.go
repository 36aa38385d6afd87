package endpoint

import (
	"crypto/sha256"
	"encoding/hex"
	"maps"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/ferry-project/ferry"
)

// place is a root with a home, /home, of somebody who has used docker.
type place struct {
	t    *testing.T
	root string
}

func (p place) write(path, text string) {
	p.t.Helper()
	path = filepath.Join(p.root, path)
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		p.t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		p.t.Fatal(err)
	}
}

func folder(name string) string {
	id := sha256.Sum256([]byte(name))
	return hex.EncodeToString(id[:])
}

// context writes what `docker context create` does.
func (p place) context(name, host, more string) {
	p.write("home/.docker/contexts/meta/"+folder(name)+"/meta.json",
		`{"Name":"`+name+`","Metadata":{"Description":"x"},"Endpoints":{"docker":{"Host":"`+host+`"`+more+`}}}`)
}

// socket makes one, by a short name first: a socket's path is bounded.
func (p place) socket(path string) {
	p.t.Helper()
	path = filepath.Join(p.root, path)
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		p.t.Fatal(err)
	}
	dir, err := os.MkdirTemp("", "s")
	if err != nil {
		p.t.Fatal(err)
	}
	p.t.Cleanup(func() { _ = os.RemoveAll(dir) })
	l, err := net.Listen("unix", filepath.Join(dir, "s"))
	if err != nil {
		p.t.Fatal(err)
	}
	p.t.Cleanup(func() { _ = l.Close() })
	if err := os.Rename(filepath.Join(dir, "s"), path); err != nil {
		p.t.Fatal(err)
	}
}

func (p place) environment() Environment {
	return Environment{Home: filepath.Join(p.root, "home"), Root: p.root}
}

// A search is what names an engine, and which one that is.
type search struct {
	set  func(p place, e *Environment)
	want func(p place) Endpoint
}

func byHost() map[string]search {
	return map[string]search{
		"nothing": {func(place, *Environment) {}, is(Endpoint{Host: Usual})},
		"DOCKER_HOST": {
			func(_ place, e *Environment) { e.Host, e.InContext = "unix:///x", "far" },
			is(Endpoint{Host: "unix:///x", From: "DOCKER_HOST", Asked: true}),
		},
		"DOCKER_HOST without a port": {
			func(_ place, e *Environment) { e.Host = "tcp://10.0.0.1" },
			is(Endpoint{Host: "tcp://10.0.0.1:2375", From: "DOCKER_HOST", Asked: true}),
		},
		"DOCKER_HOST without a scheme": {
			func(_ place, e *Environment) { e.Host = "there:99" },
			is(Endpoint{Host: "tcp://there:99", From: "DOCKER_HOST", Asked: true}),
		},
		"DOCKER_HOST of IPv6": {
			func(_ place, e *Environment) { e.Host = "tcp://[::1]" },
			is(Endpoint{Host: "tcp://[::1]:2375", From: "DOCKER_HOST", Asked: true}),
		},
		"DOCKER_TLS_VERIFY": {
			func(_ place, e *Environment) { e.Host, e.Verify, e.CertPath = "tcp://there", true, "/certs" },
			is(Endpoint{Host: "tcp://there:2376", Certs: "/certs", From: "DOCKER_HOST", Asked: true}),
		},
		"DOCKER_TLS_VERIFY, certificates where docker has them": {
			func(_ place, e *Environment) { e.Host, e.Verify, e.Config = "tcp://there:1", true, "/dot" },
			is(Endpoint{Host: "tcp://there:1", Certs: "/dot", From: "DOCKER_HOST", Asked: true}),
		},
		"DOCKER_TLS": {
			func(_ place, e *Environment) { e.Host, e.TLS, e.CertPath = "tcp://there", true, "/certs" },
			is(Endpoint{Host: "tcp://there:2376", Certs: "/certs", Insecure: true, From: "DOCKER_HOST", Asked: true}),
		},
		"DOCKER_CERT_PATH alone is no TLS, as with docker": {
			func(_ place, e *Environment) { e.Host, e.CertPath = "tcp://there", "/certs" },
			is(Endpoint{Host: "tcp://there:2375", From: "DOCKER_HOST", Asked: true}),
		},
	}
}

func byFiles() map[string]search {
	return map[string]search{
		"DOCKER_CONTEXT": {
			func(p place, e *Environment) {
				p.context("far", "tcp://far:2376", `,"SkipTLSVerify":true`)
				p.write("home/.docker/contexts/tls/"+folder("far")+"/docker/ca.pem", "x")
				e.InContext = "far"
			},
			func(p place) Endpoint {
				return Endpoint{Host: "tcp://far:2376", Certs: filepath.Join(p.root, "home/.docker/contexts/tls", folder("far"), "docker"), Insecure: true, From: "DOCKER_CONTEXT=far", Asked: true}
			},
		},
		"--context before all": {
			func(p place, e *Environment) {
				p.context("near", "unix:///near", "")
				e.Context, e.Host, e.InContext = "near", "unix:///x", "far"
			},
			is(Endpoint{Host: "unix:///near", From: "--context near", Asked: true}),
		},
		"the current context": {
			func(p place, _ *Environment) {
				p.context("near", "unix:///near", "")
				p.write("home/.docker/config.json", `{"auths":{},"currentContext":"near"}`)
			},
			is(Endpoint{Host: "unix:///near", From: `the current Docker context "near"`}),
		},
		"the default context is none": {
			func(p place, _ *Environment) { p.write("home/.docker/config.json", `{"currentContext":"default"}`) },
			is(Endpoint{Host: Usual}),
		},
		"the default context, asked for": {
			func(p place, e *Environment) { p.socket("var/run/docker.sock"); e.Context = "default" },
			is(Endpoint{Host: Usual, From: "--context default", Asked: true}),
		},
		"rootless Docker": {
			func(p place, e *Environment) {
				e.Runtime = "/run/u"
				p.socket("run/u/docker.sock")
				p.socket("run/u/podman/podman.sock")
			},
			is(Endpoint{Host: "unix:///run/u/docker.sock", From: "the socket of rootless Docker"}),
		},
		"the usual one before it": {
			func(p place, e *Environment) {
				e.Runtime = "/run/u"
				p.socket("run/u/docker.sock")
				p.socket("var/run/docker.sock")
			},
			is(Endpoint{Host: Usual}),
		},
		"Podman": {
			func(p place, e *Environment) { e.Runtime = "/run/u"; p.socket("run/podman/podman.sock") },
			is(Endpoint{Host: "unix:///run/podman/podman.sock", From: "the socket of Podman"}),
		},
		"a file is no socket": {
			func(p place, _ *Environment) { p.write("run/podman/podman.sock", "") },
			is(Endpoint{Host: Usual}),
		},
	}
}

func TestFind(t *testing.T) {
	all := byHost()
	maps.Copy(all, byFiles())
	for name, c := range all {
		t.Run(name, func(t *testing.T) {
			p := place{t, t.TempDir()}
			e := p.environment()
			c.set(p, &e)
			got, err := e.Find()
			if d := cmp.Diff(c.want(p), got); d != "" || err != nil {
				t.Errorf("%v, %s", err, d)
			}
		})
	}
}

func is(e Endpoint) func(place) Endpoint { return func(place) Endpoint { return e } }

func TestFindFails(t *testing.T) {
	for name, c := range map[string]struct {
		set        func(p place, e *Environment)
		code       ferry.Code
		says, hint string
	}{
		"no such context": {
			func(p place, e *Environment) { p.context("remote", "tcp://x:1", ""); e.Context = "remoet" },
			ferry.NotFound, "--context remoet: there is no such Docker context", "did you mean remote? there are default, remote (docker context ls)",
		},
		"the current one is gone": {
			func(p place, _ *Environment) { p.write("home/.docker/config.json", `{"currentContext":"gone"}`) },
			ferry.NotFound, `the current Docker context "gone": there is no such`, "there are default",
		},
		"a context of something else": {
			func(p place, e *Environment) {
				p.write("home/.docker/contexts/meta/"+folder("k")+"/meta.json", `{"Name":"k","Endpoints":{"kubernetes":{}}}`)
				e.InContext = "k"
			},
			ferry.Invalid, `the Docker context "k" names no engine`, "docker context inspect k",
		},
		"torn settings": {
			func(p place, _ *Environment) { p.write("home/.docker/config.json", `{"currentContext":`) },
			ferry.Invalid, "Docker's settings in", "mend the file",
		},
		"a torn context": {
			func(p place, e *Environment) {
				p.write("home/.docker/contexts/meta/"+folder("k")+"/meta.json", `{`)
				e.InContext = "k"
			},
			ferry.Invalid, `the Docker context "k" cannot be read`, "meta.json",
		},
	} {
		t.Run(name, func(t *testing.T) {
			p := place{t, t.TempDir()}
			e := p.environment()
			c.set(p, &e)
			_, err := e.Find()
			f, ok := err.(*ferry.Error) //nolint:errorlint // it is what leaves Find
			if !ok || f.Code != c.code || !strings.Contains(f.Message, c.says) || !strings.Contains(f.Hint, c.hint) {
				t.Errorf("got %+v", err)
			}
		})
	}
}

func TestVariables(t *testing.T) {
	set := map[string]string{
		"DOCKER_HOST": "h", "DOCKER_CONTEXT": "c", "DOCKER_CONFIG": "f", "DOCKER_CERT_PATH": "p",
		"DOCKER_TLS_VERIFY": "1", "HOME": "/h", "XDG_RUNTIME_DIR": "/r",
	}
	got := Variables(func(k string) string { return set[k] })
	want := Environment{Host: "h", InContext: "c", Config: "f", CertPath: "p", Verify: true, Home: "/h", Runtime: "/r"}
	if got != want {
		t.Errorf("got %+v", got)
	}
}

func TestIs(t *testing.T) {
	p := place{t, t.TempDir()}
	p.socket("run/docker.sock")
	p.socket("other.sock")
	if err := os.Symlink("run", filepath.Join(p.root, "var")); err != nil {
		t.Fatal(err)
	}
	at := func(path string) string { return "unix://" + filepath.Join(p.root, path) }
	e := Endpoint{Host: at("var/docker.sock")}
	for host, want := range map[string]bool{
		at("var/docker.sock"): true, at("run/docker.sock"): true, at("other.sock"): false, at("gone.sock"): false, "tcp://x:1": false,
	} {
		if e.Is(host) != want {
			t.Errorf("%s: %v", host, !want)
		}
	}
}

func TestString(t *testing.T) {
	if got := (Endpoint{Host: Usual}).String(); got != Usual {
		t.Error(got)
	}
	if got := (Endpoint{Host: "tcp://x:1", From: "DOCKER_HOST"}).String(); got != "tcp://x:1 (from DOCKER_HOST)" {
		t.Error(got)
	}
}
