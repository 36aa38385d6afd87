package docker

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"path/filepath"
	"strings"
	"testing"

	"github.com/containerd/errdefs"

	"github.com/ferry-project/ferry/internal/engine"
	"github.com/ferry-project/ferry/internal/engine/endpoint"
	"github.com/ferry-project/ferry/internal/engine/enginetest"
)

// newEngine is the one at host; "": the one to test on.
func newEngine(t *testing.T, host string) *Engine {
	t.Helper()
	at := endpoint.Endpoint{Host: host}
	if host == "" {
		at = enginetest.Endpoint(t)
	}
	e, err := New(Options{At: at})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = e.Close() })
	return e
}

// serve plays an engine on a socket.
func serve(t *testing.T, socket string, api string, answer http.HandlerFunc) *http.Server {
	t.Helper()
	l, err := net.Listen("unix", socket)
	if err != nil {
		t.Fatal(err)
	}
	s := &http.Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Api-Version", api)
		w.Header().Set("Content-Type", "application/json")
		if r.URL.Path != "/_ping" {
			answer(w, r)
		}
	})}
	go func() { _ = s.Serve(l) }()
	t.Cleanup(func() { _ = s.Close() })
	return s
}

func info(w http.ResponseWriter, r *http.Request) {
	_, _ = io.WriteString(w, `{"ServerVersion":"9","MemTotal":1024,"NCPU":2,"DockerRootDir":"/d","MemoryLimit":true,"CpuCfsQuota":true}`)
}

// TestUnavailable: a server starts without Docker, says what is the matter, and
// goes on when Docker comes, goes and comes back.
func TestUnavailable(t *testing.T) {
	socket := filepath.Join(t.TempDir(), "s")
	e := newEngine(t, "unix://"+socket)
	unavailable := func(hint string) {
		t.Helper()
		_, err := e.Info(t.Context())
		if !errors.Is(err, engine.ErrUnavailable) || !strings.Contains(err.Error(), hint) {
			t.Fatalf("info: %v, want ErrUnavailable with %q", err, hint)
		}
	}
	unavailable("Docker does not answer")
	s := serve(t, socket, "1.39", info)
	unavailable("API 1.40")
	_ = s.Close()
	unavailable("Docker does not answer")
	s = serve(t, socket, "1.41", info)
	got, err := e.Info(t.Context())
	want := engine.Info{Engine: "docker", Version: "9", APIVersion: "1.41", Memory: 1024, CPUs: 2, DataRoot: "/d", Facts: engine.Facts{Product: "Docker"}}
	want.Features = engine.Features{FixedAddresses: true, Freeze: true, Commit: true} // there is no program that copies
	if err != nil || got != want {
		t.Fatalf("info %+v, %v", got, err)
	}
	_ = s.Close()
	unavailable("Docker does not answer")
	serve(t, socket, "1.50", info)
	if got, err := e.Info(t.Context()); err != nil || got.APIVersion != "1.50" {
		t.Fatalf("info after an update of the engine: %+v, %v", got, err)
	}
}

func TestNewRefusesWhatIsNoAddress(t *testing.T) {
	for _, host := range []string{"nonsense", "ssh://-oProxyCommand=x", "ssh://", "unix://"} {
		if _, err := New(Options{At: endpoint.Endpoint{Host: host}}); err == nil {
			t.Errorf("%q was taken", host)
		}
	}
	for _, host := range []string{"", "unix:///no/such", "tcp://10.0.0.1:2375", "ssh://me@there:22"} {
		if _, err := New(Options{At: endpoint.Endpoint{Host: host}}); err != nil {
			t.Errorf("%q: %v", host, err)
		}
	}
}

func TestExplain(t *testing.T) {
	e := newEngine(t, "")
	daemon := func(text string) error { return errors.New("Error response from daemon: " + text) }
	other := errors.New("other")
	for _, c := range []struct {
		name  string
		err   error
		class error
		text  string
	}{
		{"missing", errdefs.ErrNotFound.WithMessage("No such container: x"), engine.ErrNotFound, "No such container: x"},
		{"missing at the upgrade", errors.New("unable to upgrade to tcp, received 404"), engine.ErrNotFound, "404"},
		{"taken name", errdefs.ErrConflict.WithMessage("name in use"), engine.ErrConflict, "name in use"},
		{"taken port", daemon("driver failed: Bind for 127.0.0.1:80 failed: port is already allocated"), engine.ErrConflict, "published"},
		{"taken port of another program", daemon("listen tcp4 127.0.0.1:80: bind: address already in use"), engine.ErrConflict, "127.0.0.1:80"},
		{"taken address", daemon("Address already in use"), engine.ErrConflict, "already in use"},
		{"taken subnet", daemon("Pool overlaps with other one on this address space"), engine.ErrConflict, "subnet"},
		{"Podman: taken name", daemon(`creating container storage: the container name "x" is already in use by 12. You have to remove that container to be able to reuse that name: that name is already in use`), engine.ErrConflict, "name is already in use"},
		{"Podman: taken subnet", daemon("subnet 10.213.24.0/24 is already used on the host or by another config"), engine.ErrConflict, "subnet overlaps"},
		{"Podman: network in use", daemon(`"net" has associated containers with it. Use -f to forcibly delete containers and pods: network is being used`), engine.ErrConflict, "still runs"},
		{"Podman: stopped", daemon("can only create exec sessions on running containers: container state improper"), engine.ErrConflict, "not running"},
		{"Podman: taken address", daemon("IPAM error: requested ip address 10.1.0.2 is already allocated to container ID 12"), engine.ErrConflict, "already in use"},
		{"full disk", daemon("write /var/lib/docker/x: no space left on device"), nil, "no space left on device"},
		{"a build's own words", foreign{errors.New("port is already allocated")}, nil, "port is already allocated"},
		{"permission", errdefs.ErrUnknown.WithMessage("cannot connect to the Docker daemon: permission denied"), engine.ErrUnavailable, "group docker"},
		{"a torn connection", fmt.Errorf("read: %w", io.ErrUnexpectedEOF), engine.ErrUnavailable, "Docker does not answer"},
		{"the caller's own", fmt.Errorf("x: %w", foreign{other}), other, "other"},
	} {
		t.Run(c.name, func(t *testing.T) {
			got := e.explain(c.err)
			for _, class := range []error{engine.ErrNotFound, engine.ErrConflict, engine.ErrUnavailable, other} {
				if errors.Is(got, class) != errors.Is(class, c.class) {
					t.Errorf("%v: is %v: %v", got, class, errors.Is(got, class))
				}
			}
			if !strings.Contains(got.Error(), c.text) || strings.Contains(got.Error(), "Error response from daemon") {
				t.Errorf("%q, want %q in it", got, c.text)
			}
		})
	}
}

func TestCancelledCallsGiveTheContextsError(t *testing.T) {
	socket := filepath.Join(t.TempDir(), "s")
	ctx, cancel := context.WithCancel(t.Context())
	serve(t, socket, "1.41", func(_ http.ResponseWriter, r *http.Request) {
		cancel()
		<-r.Context().Done()
	})
	_, err := newEngine(t, "unix://"+socket).Info(ctx)
	if !errors.Is(err, context.Canceled) {
		t.Fatalf("%v", err)
	}
}
