package speak

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/cenkalti/backoff/v5"

	"github.com/ferry-project/ferry"
	"github.com/ferry-project/ferry/internal/script"
)

// peer is port 9870 of nn0 behind a way that a test chooses.
func peer(way func() (net.Conn, error)) Peer {
	return Peer{Node: "nn0", Port: 9870, Dial: func(_ context.Context, node string) (net.Conn, error) {
		if node != "nn0" {
			return nil, fmt.Errorf("dialled %s", node)
		}
		return way()
	}}
}

func refused() (net.Conn, error) { return nil, errors.New("connection refused") }

func silent() (net.Conn, error) {
	here, _ := net.Pipe()
	return here, nil
}

func quiet(string) {}

func final(err error) bool {
	var never *backoff.PermanentError
	return errors.As(err, &never)
}

func TestTCPHangsUp(t *testing.T) {
	here, there := net.Pipe()
	if err := (TCP{}).Do(t.Context(), peer(func() (net.Conn, error) { return here, nil }), nil, quiet); err != nil {
		t.Fatal(err)
	}
	if _, err := there.Read(make([]byte, 1)); !errors.Is(err, io.EOF) {
		t.Errorf("the connection is still there: %v", err)
	}
	if err := (TCP{}).Do(t.Context(), peer(refused), nil, quiet); err == nil || err.Error() != "connection refused" || final(err) {
		t.Errorf("got %v", err)
	}
}

// serve answers one request with the raw text; the request is checked.
func serve(t *testing.T, raw string) func() (net.Conn, error) {
	return func() (net.Conn, error) {
		here, there := net.Pipe()
		go func() {
			defer func() { _ = there.Close() }()
			req, err := http.ReadRequest(bufio.NewReader(there))
			if err != nil {
				return
			}
			if req.Method != http.MethodGet || req.URL.Path != "/jmx" || req.Host != "nn0:9870" {
				t.Errorf("asked %s %s of %s", req.Method, req.URL, req.Host)
			}
			_, _ = io.WriteString(there, raw)
		}()
		return here, nil
	}
}

func answering(status, body string) string {
	return fmt.Sprintf("HTTP/1.1 %s\r\nContent-Length: %d\r\n\r\n%s", status, len(body), body)
}

func TestHTTP(t *testing.T) {
	ok := answering("200 OK", `{"Safemode": ""}`)
	for name, c := range map[string]struct {
		raw, expect, answer string
	}{
		"yes":              {raw: ok},
		"yes, 204":         {raw: "HTTP/1.1 204 No Content\r\n\r\n"},
		"body matches":     {raw: ok, expect: `"Safemode"\s*:\s*""`},
		"body does not":    {raw: answering("200 OK", "in\n safe mode"), expect: "^out$", answer: `not yet: "in safe mode"`},
		"server error":     {raw: answering("503 Service Unavailable", ""), answer: "HTTP 503 Service Unavailable"},
		"redirect":         {raw: "HTTP/1.1 302 Found\r\nLocation: http://elsewhere/\r\nContent-Length: 0\r\n\r\n", answer: "HTTP 302 Found"},
		"not HTTP":         {raw: "SSH-2.0-OpenSSH\r\n", answer: "read answer: malformed HTTP"},
		"closed at once":   {raw: "", answer: "unexpected EOF"},
		"body cut short":   {raw: "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nabc", answer: "unexpected EOF"},
		"long body is cut": {raw: answering("200 OK", strings.Repeat("é", 500)), expect: "x", answer: strings.Repeat("é", 60) + "…"},
	} {
		t.Run(name, func(t *testing.T) {
			page := script.HTTP{Path: "/jmx", Expect: c.expect}.Ask(9870)
			err := HTTP{}.Do(t.Context(), peer(serve(t, c.raw)), page.Script, quiet)
			if c.answer == "" && err != nil || c.answer != "" && (err == nil || !strings.Contains(err.Error(), c.answer) || final(err)) {
				t.Errorf("got %v, want %q", err, c.answer)
			}
		})
	}
}

func TestHTTPThatHangsIsGivenUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		start := time.Now()
		if err := (HTTP{}).Do(t.Context(), peer(silent), script.HTTP{Path: "/jmx"}.Ask(9870).Script, quiet); err == nil {
			t.Error("a silent port has answered")
		}
		if took := time.Since(start); took != oneTry {
			t.Errorf("took %s", took)
		}
	})
}

func TestScriptsThatMakeNoSenseAreFinal(t *testing.T) {
	for name, text := range map[string]string{
		"nothing": "", "not JSON": "{", "an unknown word": `{"path": "/", "expects": "x"}`, "no expression": `{"path": "/", "expect": "("}`,
	} {
		t.Run(name, func(t *testing.T) {
			err := HTTP{}.Do(t.Context(), peer(refused), []byte(text), quiet)
			if ferry.CodeOf(err) != ferry.Internal || !final(err) {
				t.Errorf("got %v", err)
			}
		})
	}
}

func TestSpeakersAreFoundByProtocol(t *testing.T) {
	all := Speakers{"tcp": TCP{}, "http": HTTP{}}
	if s, err := all.Of("http"); err != nil || s != (HTTP{}) {
		t.Errorf("got %v, %v", s, err)
	}
	_, err := all.Of("latin")
	if ferry.CodeOf(err) != ferry.Internal || err.Error() != `nobody speaks "latin"; there are speakers of http, tcp` {
		t.Errorf("got %v", err)
	}
}
