package main

import (
	"encoding/pem"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/ferry-project/ferry"
	"github.com/ferry-project/ferry/internal/api/apitest"
	"github.com/ferry-project/ferry/internal/api/server"
)

// The commands speak to the server that FERRY_HOST names and start none.
func TestServerElsewhere(t *testing.T) {
	there := httptest.NewTLSServer(server.WithToken(server.Handler(&apitest.Ferry{}, server.Options{}), "secret"))
	defer there.Close()
	cert := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: there.Certificate().Raw})
	for name, c := range map[string]struct {
		server, token, authority string
		code                     ferry.Code
		says                     string
	}{
		"trusted":            {there.URL, "secret", string(cert), "", ""},
		"wrong token":        {there.URL, "guess", string(cert), ferry.Invalid, "token"},
		"nobody vouches":     {there.URL, "secret", "", ferry.Unavailable, "certificate"},
		"no certificate":     {there.URL, "secret", "nothing", ferry.Invalid, "FERRY_CA"},
		"plain http":         {"http://ferry.example:4000", "secret", "", ferry.Invalid, "https only"},
		"nothing there":      {"https://127.0.0.1:1", "secret", "", ferry.Unavailable, "127.0.0.1:1"},
		"not an address":     {"there", "secret", "", ferry.Invalid, "address of a server"},
		"file is not there":  {there.URL, "secret", "-", ferry.Invalid, "FERRY_CA"},
		"with a slash, fine": {there.URL + "/", "secret", string(cert), "", ""},
	} {
		t.Run(name, func(t *testing.T) {
			b := &backend{settings: settings{home: t.TempDir(), server: c.server, token: c.token, authority: file(t, c.authority)}}
			_, err := b.connect(t.Context())
			if ferry.CodeOf(err) != c.code || err != nil && !strings.Contains(err.Error(), c.says) {
				t.Errorf("got %v (%s), want %q (%s)", err, ferry.CodeOf(err), c.says, c.code)
			}
			if _, found := b.find(t.Context()); ferry.CodeOf(found) != c.code {
				t.Errorf("find gives %v", found)
			}
			if left, _ := os.ReadDir(b.home); len(left) > 0 {
				t.Errorf("a server of its own was set up: %v", left)
			}
		})
	}
}

// file returns a path to the text: "" for none, "-" to one that is not there.
func file(t *testing.T, text string) string {
	path := filepath.Join(t.TempDir(), "ca.pem")
	switch text {
	case "":
		return ""
	case "-":
		return path
	}
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}
