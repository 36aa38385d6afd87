package proxy

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"go.uber.org/goleak"

	"github.com/ferry-project/ferry"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// lab is a stack of two nodes whose every port is a web page that says where it is asked for.
func lab(t *testing.T) Stack {
	t.Helper()
	page := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		fmt.Fprintf(w, "%s %s%s", r.Method, r.Host, r.URL.Path)
	}))
	t.Cleanup(page.Close)
	nodes := []ferry.Node{{Address: "10.1.0.2"}, {Address: "10.1.0.3"}}
	nodes[0].Name, nodes[1].Name = "hadoop0", "hadoop1"
	return Stack{
		Title: "lab",
		Plan: ferry.Plan{Nodes: nodes, Services: []ferry.Planned{{Web: []ferry.WebPage{
			{Name: "NameNode", Node: "hadoop0", Port: 9870, Path: "/dfshealth.html"},
		}}}},
		Dial: func(ctx context.Context, node string, port int) (net.Conn, error) {
			if port == 1 {
				return nil, ferry.Errorf(ferry.Failed, "nothing answers on port 1 of %s", node)
			}
			var d net.Dialer
			return d.DialContext(ctx, "tcp", page.Listener.Addr().String())
		},
	}
}

// serve runs a proxy for the test and returns its address.
func serve(t *testing.T, run func(context.Context, net.Listener) error) string {
	t.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- run(ctx, ln) }()
	t.Cleanup(func() {
		cancel()
		if err := <-ended; err != nil {
			t.Errorf("serve: %v", err)
		}
	})
	return ln.Addr().String()
}

// through returns a client that asks a proxy for everything.
func through(t *testing.T, proxy string) *http.Client {
	t.Helper()
	u, err := url.Parse(proxy)
	if err != nil {
		t.Fatal(err)
	}
	tr := &http.Transport{Proxy: http.ProxyURL(u)}
	t.Cleanup(tr.CloseIdleConnections)
	return &http.Client{Transport: tr}
}

func ask(t *testing.T, c *http.Client, method, url string, header ...string) (*http.Response, string) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), method, url, nil)
	if err != nil {
		t.Fatal(err)
	}
	for i := 0; i < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	resp, err := c.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return resp, string(text)
}

// Names and addresses of nodes lead to them on any port, and nothing else leads anywhere.
func TestProxyLeadsToTheNodesOnly(t *testing.T) {
	for scheme, run := range map[string]func(context.Context, net.Listener) error{"http://": lab(t).ServeWeb, "socks5h://": lab(t).ServeSOCKS} {
		at := serve(t, run)
		c := through(t, scheme+at)
		for _, host := range []string{"hadoop0:9870", "hadoop1:9864", "HADOOP1:80", "hadoop0.:80", "10.1.0.3:8042"} {
			if resp, text := ask(t, c, "GET", "http://"+host+"/x"); resp.StatusCode != 200 || !strings.HasSuffix(text, "/x") {
				t.Errorf("%s%s: %d %q", scheme, host, resp.StatusCode, text)
			}
		}
		for _, host := range []string{"example.com", "127.0.0.1:" + strings.Split(at, ":")[1], "10.1.0.1", "hadoop2:9864", "hadoop0:1"} {
			resp, err := c.Get("http://" + host + "/x")
			if err != nil {
				continue // SOCKS has no words for it
			}
			text, _ := io.ReadAll(resp.Body)
			_ = resp.Body.Close()
			if resp.StatusCode < 400 || strings.Contains(string(text), "GET") {
				t.Errorf("%s%s: %d %q", scheme, host, resp.StatusCode, text)
			}
		}
	}
}

func TestStrangersAreToldWhy(t *testing.T) {
	c := through(t, "http://"+serve(t, lab(t).ServeWeb))
	if resp, text := ask(t, c, "GET", "http://example.com/"); resp.StatusCode != 403 || !strings.Contains(text, `lab has no node "example.com"`) {
		t.Errorf("%d %s", resp.StatusCode, text)
	}
	if resp, text := ask(t, c, "GET", "http://hadoop0:1/"); resp.StatusCode != 502 || !strings.Contains(text, "nothing answers on port 1") {
		t.Errorf("%d %s", resp.StatusCode, text)
	}
}

// A browser that does not take it for its proxy gets nowhere by it: nothing is reached by a path.
func TestProxyIsNoServer(t *testing.T) {
	at := serve(t, lab(t).ServeWeb)
	for _, host := range []string{at, "hadoop0:9870"} {
		r, _ := http.NewRequestWithContext(t.Context(), "GET", "http://"+at+"/http://hadoop0:9870/", nil)
		r.Host = host
		resp, err := http.DefaultClient.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		_ = resp.Body.Close()
		if resp.StatusCode != http.StatusMisdirectedRequest {
			t.Errorf("%s: %d", host, resp.StatusCode)
		}
	}
	http.DefaultClient.CloseIdleConnections()
}

func TestHomeListsThePages(t *testing.T) {
	c := through(t, "http://"+serve(t, lab(t).ServeWeb))
	if _, text := ask(t, c, "GET", Home); !strings.Contains(text, `<a href="http://hadoop0:9870/dfshealth.html">NameNode</a> on hadoop0`) {
		t.Error(text)
	}
}

// A page of one node may upload to another one; a page of somebody else's may not.
func TestPreflightWithinTheStack(t *testing.T) {
	c := through(t, "http://"+serve(t, lab(t).ServeWeb))
	asks := []string{"Access-Control-Request-Method", "PUT", "Access-Control-Request-Headers", "content-type", "Origin"}
	resp, _ := ask(t, c, "OPTIONS", "http://hadoop1:9864/webhdfs", append(asks, "http://hadoop0:9870")...)
	if h := resp.Header; h.Get("Access-Control-Allow-Origin") != "http://hadoop0:9870" || h.Get("Access-Control-Allow-Headers") != "content-type" {
		t.Errorf("%d %v", resp.StatusCode, h)
	}
	for _, origin := range []string{"http://example.com", "null"} {
		resp, text := ask(t, c, "OPTIONS", "http://hadoop1:9864/webhdfs", append(asks, origin)...)
		if resp.Header.Get("Access-Control-Allow-Origin") != "" || !strings.HasPrefix(text, "OPTIONS") {
			t.Errorf("%s: %v %s", origin, resp.Header, text)
		}
	}
	resp, _ = ask(t, c, "PUT", "http://hadoop1:9864/webhdfs", "Origin", "http://hadoop0:9870")
	if got := resp.Header.Get("Access-Control-Allow-Origin"); got != "http://hadoop0:9870" {
		t.Errorf("the answer is for %q", got)
	}
}

func TestForward(t *testing.T) {
	s, failed := lab(t), make(chan error, 1)
	to := func(port int) string {
		return serve(t, func(ctx context.Context, ln net.Listener) error {
			return Forward(ctx, ln, func(ctx context.Context) (net.Conn, error) { return s.Dial(ctx, "hadoop0", port) }, func(err error) { failed <- err })
		})
	}
	c := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	at := to(80)
	if _, text := ask(t, c, "GET", "http://"+at+"/x"); text != "GET "+at+"/x" {
		t.Error(text)
	}
	if _, err := c.Get("http://" + to(1)); err == nil {
		t.Error("a port where nothing answers was reached")
	}
	if err := <-failed; ferry.CodeOf(err) != ferry.Failed {
		t.Errorf("told %v", err)
	}
}

func TestSOCKSRefusesWhatItIsNot(t *testing.T) {
	at := serve(t, lab(t).ServeSOCKS)
	for name, said := range map[string]string{
		"HTTP": "GET / HTTP/1.1\r\n\r\n", "SOCKS 4": "\x04\x01\x00\x50\x0a\x01\x00\x02\x00", "a login": "\x05\x01\x02",
		"to listen": "\x05\x01\x00\x05\x02\x00\x01\x0a\x01\x00\x02\x00\x50", "no address": "\x05\x01\x00\x05\x01\x00\x07\x00\x50",
	} {
		c, err := net.Dial("tcp", at)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := io.WriteString(c, said); err != nil {
			t.Fatal(err)
		}
		answer, _ := io.ReadAll(c)
		if strings.Contains(string(answer), "\x05\x00\x00\x01") {
			t.Errorf("%s is granted: %q", name, answer)
		}
		_ = c.Close()
	}
}
