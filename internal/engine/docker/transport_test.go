package docker

import (
	"encoding/pem"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/ferry-project/ferry/internal/engine/endpoint"
)

// An engine behind TLS is believed when the folder of certificates vouches for it, or
// when nobody is asked to.
func TestTLS(t *testing.T) {
	there := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Api-Version", "1.41")
		w.Header().Set("Content-Type", "application/json")
		if r.URL.Path != "/_ping" {
			info(w, r)
		}
	}))
	defer there.Close()
	host := "tcp://" + strings.TrimPrefix(there.URL, "https://")
	known, nobody := t.TempDir(), t.TempDir()
	ca := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: there.Certificate().Raw})
	if err := os.WriteFile(filepath.Join(known, "ca.pem"), ca, 0o600); err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		at endpoint.Endpoint
		ok bool
	}{
		"vouched for":     {endpoint.Endpoint{Host: host, Certs: known}, true},
		"nobody vouches":  {endpoint.Endpoint{Host: host, Certs: nobody}, false},
		"nobody is asked": {endpoint.Endpoint{Host: host, Certs: nobody, Insecure: true}, true},
		"no TLS":          {endpoint.Endpoint{Host: host}, false},
	} {
		t.Run(name, func(t *testing.T) {
			e, err := New(Options{At: c.at})
			if err != nil {
				t.Fatal(err)
			}
			defer e.Close()
			if _, err := e.Info(t.Context()); (err == nil) != c.ok {
				t.Errorf("got %v", err)
			}
		})
	}
}

func TestSocketOverSSHIsPlain(t *testing.T) {
	for host, ok := range map[string]bool{
		"ssh://core@localhost:53685/run/user/501/podman/podman.sock": true, "ssh://x/run/$(reboot)": false, "ssh://x/a;b": false,
	} {
		if _, err := New(Options{At: endpoint.Endpoint{Host: host}}); (err == nil) != ok {
			t.Errorf("%s: %v", host, err)
		}
	}
}
