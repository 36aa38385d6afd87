package client_test

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"io"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/ferry-project/ferry"
	"github.com/ferry-project/ferry/internal/api"
	"github.com/ferry-project/ferry/internal/api/apitest"
	"github.com/ferry-project/ferry/internal/api/client"
	"github.com/ferry-project/ferry/internal/api/server"
)

// certificate makes one for this machine that vouches for itself.
func certificate(t *testing.T) (certFile, keyFile string, trust *x509.CertPool) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "ferry test"}, IsCA: true, BasicConstraintsValid: true,
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour), IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)},
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	secret, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	cert := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})
	trust = x509.NewCertPool()
	trust.AppendCertsFromPEM(cert)
	return save(t, "cert", cert), save(t, "key", pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: secret})), trust
}

func save(t *testing.T, name string, content []byte) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, content, 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// remote serves over TLS with the token "secret".
func remote(t *testing.T, f api.Ferry) (url string, trust *x509.CertPool) {
	t.Helper()
	certFile, keyFile, trust := certificate(t)
	ln, err := server.ListenTLS("127.0.0.1:0", certFile, keyFile)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(serving(t, ln, server.WithToken(server.Handler(f, server.Options{}), "secret")))
	return "https://" + ln.Addr().String() + "/", trust
}

func TestOverTLS(t *testing.T) {
	url, trust := remote(t, &apitest.Ferry{
		ExecFunc: func(_ context.Context, _ string, _ api.ExecRequest, s api.Streams) (int, error) {
			_, err := io.Copy(s.Out, s.In)
			return 5, err
		},
		FollowFunc: func(_ context.Context, _ string, _ int64, do func(ferry.Event) error) error {
			return do(ferry.Event{Seq: 1})
		},
	})
	c := open(t, client.Options{URL: url, Token: "secret", CAs: trust})
	if v, err := c.Version(within(t)); err != nil || v.Ferry != "test" {
		t.Errorf("version: %+v, %v", v, err)
	}
	var out strings.Builder
	code, err := c.Exec(within(t), "x", api.ExecRequest{Stdin: true}, api.Streams{In: strings.NewReader("hello"), Out: &out})
	if err != nil || code != 5 || out.String() != "hello" {
		t.Errorf("exec: %d, %v, %q", code, err, &out)
	}
	events := 0
	if err := c.Follow(within(t), "jo-1", 0, func(ferry.Event) error { events++; return nil }); err != nil || events != 1 {
		t.Errorf("follow: %v, %d events", err, events)
	}
}

func TestOverTLSWithoutTheToken(t *testing.T) {
	url, trust := remote(t, failing(nil))
	for _, token := range []string{"", "wrong"} {
		for method, err := range everyWay(within(t), open(t, client.Options{URL: url, Token: token, CAs: trust})) {
			if e := asError(t, err); e.Code != ferry.Invalid || !strings.Contains(e.Message, "token") {
				t.Errorf("token %q: %s: %+v", token, method, e)
			}
		}
	}
}

func TestOverTLSWithAServerNobodyVouchesFor(t *testing.T) {
	url, _ := remote(t, &apitest.Ferry{})
	_, err := open(t, client.Options{URL: url, Token: "secret", CAs: x509.NewCertPool()}).List(within(t), false)
	if e := asError(t, err); e.Code != ferry.Unavailable || !strings.Contains(e.Message, "not trusted") || e.Hint == "" {
		t.Errorf("got %+v", e)
	}
}
