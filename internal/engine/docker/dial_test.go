package docker

import (
	"io"
	"net"
	"net/http"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
)

// listener counts who connects to it.
func listener(t *testing.T) (port int, met *atomic.Int32) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	met = &atomic.Int32{}
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			met.Add(1)
			_ = c.Close()
		}
	}()
	return l.Addr().(*net.TCPAddr).Port, met
}

// A node's address is dialled only where its network's own bridge is on this machine:
// here somebody else has the address.
func TestNobodyElseIsDialled(t *testing.T) {
	for name, c := range map[string]struct {
		network string
		direct  bool
	}{
		"its bridge is here":              {`{"Id":"0123456789abcdef","Options":{"com.docker.network.bridge.name":"lo"},"IPAM":{"Config":[{"Gateway":"127.0.0.1"}]}}`, true},
		"its bridge is elsewhere":         {`{"Id":"0123456789abcdef","IPAM":{"Config":[{"Gateway":"127.0.0.1"}]}}`, false},
		"another network's bridge":        {`{"Id":"0123456789abcdef","Options":{"com.docker.network.bridge.name":"lo"},"IPAM":{"Config":[{"Gateway":"10.255.255.1"}]}}`, false},
		"a private network":               {`{"Id":"x","Options":{"com.docker.network.bridge.name":"lo","com.docker.network.bridge.inhibit_ipv4":"true"},"IPAM":{"Config":[{"Gateway":"127.0.0.1"}]}}`, false},
		"a network without a gateway":     {`{"Id":"x","Options":{"com.docker.network.bridge.name":"lo"},"IPAM":{}}`, false},
		"a network with a strange answer": {`{}`, false},
	} {
		t.Run(name, func(t *testing.T) {
			port, met := listener(t)
			var relayed atomic.Bool
			socket := filepath.Join(t.TempDir(), "s")
			serve(t, socket, "1.41", func(w http.ResponseWriter, r *http.Request) {
				switch {
				case strings.HasSuffix(r.URL.Path, "/exec"):
					relayed.Store(true)
					w.WriteHeader(http.StatusInternalServerError)
				case strings.Contains(r.URL.Path, "/networks/"):
					_, _ = io.WriteString(w, c.network)
				default:
					_, _ = io.WriteString(w, `{"Name":"/n","State":{"Running":true},"NetworkSettings":{"Networks":{"x":{"IPAddress":"127.0.0.1"}}}}`)
				}
			})
			e := newEngine(t, "unix://"+socket)
			conn, err := e.Dial(t.Context(), "n", port)
			if c.direct {
				if err != nil {
					t.Fatal(err)
				}
				_ = conn.Close()
				return
			}
			if err == nil || met.Load() > 0 || !relayed.Load() {
				t.Errorf("%v; somebody else was met %d times; relayed: %v", err, met.Load(), relayed.Load())
			}
		})
	}
}
