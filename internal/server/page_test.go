package server

import (
	"context"
	"io"
	"net"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"strings"
	"testing"

	"github.com/ferry-project/ferry/internal/api"
)

// browser asks as a browser does: it knows where names below localhost lead, keeps cookies
// and follows redirects.
func browser(t *testing.T) *http.Client {
	t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	tr := &http.Transport{DialContext: func(ctx context.Context, network, address string) (net.Conn, error) {
		_, port, _ := net.SplitHostPort(address)
		var d net.Dialer
		return d.DialContext(ctx, network, net.JoinHostPort("127.0.0.1", port))
	}}
	t.Cleanup(tr.CloseIdleConnections)
	return &http.Client{Jar: jar, Transport: tr}
}

func read(t *testing.T, c *http.Client, url string) (int, string) {
	t.Helper()
	r, err := c.Get(url)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Body.Close()
	text, err := io.ReadAll(r.Body)
	if err != nil {
		t.Fatal(err)
	}
	return r.StatusCode, string(text)
}

func link(t *testing.T, f api.Ferry) *url.URL {
	t.Helper()
	l, err := f.UI(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	u, err := url.Parse(l.URL)
	if err != nil || u.Hostname() != "ferry.localhost" || l.Expires.IsZero() {
		t.Fatalf("link %+v, %v", l, err)
	}
	return u
}

// The page is opened by who asks for it over the socket, lets in one browser for each link,
// and ends with the server.
func TestThePageOfAServer(t *testing.T) {
	f, over := life(t, config(t))
	first := link(t, f)
	c := browser(t)
	if status, text := read(t, c, first.String()); status != 200 || !strings.Contains(text, "There is no stack yet.") {
		t.Fatalf("%d %s", status, text)
	}
	if status, text := read(t, c, "http://"+first.Host+"/machine"); status != 200 || !strings.Contains(text, "fake") {
		t.Errorf("the machine: %d %s", status, text)
	}
	stranger := browser(t)
	if status, _ := read(t, stranger, first.String()); status != http.StatusForbidden {
		t.Errorf("the link again: %d", status)
	}
	if status, _ := read(t, stranger, "http://"+first.Host+"/"); status != http.StatusUnauthorized {
		t.Errorf("without a link: %d", status)
	}
	second := link(t, f)
	if second.Host != first.Host {
		t.Errorf("the page moved from %s to %s", first.Host, second.Host)
	}
	if status, _ := read(t, stranger, second.String()); status != 200 {
		t.Errorf("another link: %d", status)
	}
	if err := f.Quit(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := <-over; err != nil {
		t.Errorf("the server ended with %v", err)
	}
	// By now somebody else may listen there; it is not this page that answers.
	if r, err := c.Get("http://" + first.Host + "/machine"); err == nil {
		_ = r.Body.Close()
		if r.StatusCode == 200 {
			t.Error("the page outlives its server")
		}
	}
}

// Both families of addresses are taken, where there are two: nobody else can wait on the other.
func TestNobodyElseHasThePagesPort(t *testing.T) {
	lns, port, err := listenLoopback()
	if err != nil {
		t.Fatal(err)
	}
	families := []string{"127.0.0.1", "::1"}
	for i, ln := range lns {
		defer ln.Close()
		host, _, _ := net.SplitHostPort(ln.Addr().String())
		if host != families[i] || ln.Addr().(*net.TCPAddr).Port != port {
			t.Errorf("listens on %s, want %s port %d", ln.Addr(), families[i], port)
		}
	}
	probe, err := net.Listen("tcp6", "[::1]:0")
	if err != nil {
		return // there is one family
	}
	_ = probe.Close()
	if len(lns) != 2 {
		t.Errorf("%d families of two", len(lns))
	}
	again, other, err := listenLoopback()
	if err != nil || other == port {
		t.Fatalf("a second page: port %d, %v", other, err)
	}
	for _, ln := range again {
		_ = ln.Close()
	}
}
