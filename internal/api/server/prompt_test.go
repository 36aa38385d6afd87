package server_test

import (
	"bufio"
	"context"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/ferry-project/ferry/internal/api/apitest"
	"github.com/ferry-project/ferry/internal/api/server"
)

// half are requests whose bodies do not come to an end.
var half = map[string]string{
	"length":        "POST /v1/plan HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n{",
	"length, none":  "POST /v1/plan HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n",
	"chunked":       "POST /v1/plan HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n1\r\n{\r\n",
	"chunk of half": "POST /v1/plan HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n64\r\n{",
	"no body taken": "GET /v1/version HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\n{",
	"no such path":  "POST /v1/nothing HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n1\r\n{\r\n",
	"expected":      "POST /v1/plan HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 100\r\nExpect: 100-continue\r\n\r\n",
}

// raw sends text to a handler's server and returns the status of the answer and how
// long it took until the connection was closed.
func raw(t *testing.T, h http.Handler, text string) (status int, took time.Duration) {
	t.Helper()
	s := httptest.NewServer(h)
	defer s.Close()
	began := time.Now()
	conn, err := net.Dial("tcp", s.Listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	_ = conn.SetDeadline(began.Add(20 * time.Second))
	if _, err := io.WriteString(conn, text); err != nil {
		t.Fatal(err)
	}
	r := bufio.NewReader(conn)
	for status < 200 { // 100 Continue comes before
		resp, err := http.ReadResponse(r, nil)
		if err != nil {
			t.Fatal(err)
		}
		status = resp.StatusCode
		if status >= 400 {
			problem(t, resp)
		}
		_, _ = io.Copy(io.Discard, resp.Body)
	}
	if _, err := r.ReadByte(); err != io.EOF { //nolint:errorlint // as a reader says it
		t.Errorf("the connection goes on: %v", err)
	}
	return status, time.Since(began)
}

func TestHalfBodiesOfStrangers(t *testing.T) {
	h := server.WithToken(server.Handler(&apitest.Ferry{}, server.Options{}), "secret")
	for name, text := range half {
		t.Run(name, func(t *testing.T) {
			if status, took := raw(t, h, text); status != http.StatusUnauthorized || took > 10*time.Second {
				t.Errorf("status %d after %s", status, took)
			}
		})
	}
}

func TestHalfBodiesOfUsers(t *testing.T) {
	h := server.Handler(&apitest.Ferry{}, server.Options{BodyTime: 200 * time.Millisecond})
	want := map[string]int{"no body taken": 200, "no such path": 404}
	for name, text := range half {
		t.Run(name, func(t *testing.T) {
			status, took := raw(t, h, text)
			if w := want[name]; w != 0 && status != w || w == 0 && status != http.StatusRequestTimeout || took > 10*time.Second {
				t.Errorf("status %d after %s", status, took)
			}
		})
	}
}

// A tar may take longer than other bodies.
func TestTarTakesItsTime(t *testing.T) {
	var got string
	f := &apitest.Ferry{CopyToFunc: func(_ context.Context, _, _, _ string, tar io.Reader) error {
		b, err := io.ReadAll(tar)
		got = string(b)
		return err
	}}
	s := httptest.NewServer(server.Handler(f, server.Options{BodyTime: 50 * time.Millisecond}))
	defer s.Close()
	r, w := io.Pipe()
	go func() {
		for _, part := range []string{"slow", "ly"} {
			_, _ = io.WriteString(w, part)
			time.Sleep(150 * time.Millisecond)
		}
		w.Close()
	}()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPut, s.URL+"/v1/stacks/x/files?path=/", r)
	if err != nil {
		t.Fatal(err)
	}
	resp, err := s.Client().Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusNoContent || got != "slowly" {
		t.Errorf("status %d, got %q", resp.StatusCode, got)
	}
}

// What is left of a refused body is not taken for the next request: there is one
// answer.
func TestRestOfABodyIsNoRequest(t *testing.T) {
	const hidden = "POST /v1/stacks/another/stop HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n"
	s := httptest.NewServer(server.Handler(&apitest.Ferry{}, server.Options{}))
	defer s.Close()
	var wg sync.WaitGroup
	for _, path := range []string{"/v1/images/build", "/v1/nothing", "/v1/doctor", "/v1/stacks/x/stop"} {
		for _, n := range []int{1, 100, 70 << 10, 200 << 10, 300 << 10} {
			wg.Go(func() {
				conn, err := net.Dial("tcp", s.Listener.Addr().String())
				if err != nil {
					t.Error(err)
					return
				}
				defer conn.Close()
				_ = conn.SetDeadline(time.Now().Add(2 * time.Minute))
				_, _ = io.WriteString(conn, "POST "+path+" HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: "+
					strconv.Itoa(n)+"\r\n\r\n"+strings.Repeat(hidden, n/len(hidden)+1)[:n])
				_ = conn.(*net.TCPConn).CloseWrite() // nothing more comes: the server closes
				b, _ := io.ReadAll(conn)
				if answers := strings.Count(string(b), "HTTP/1.1 "); answers != 1 {
					t.Errorf("%s with %d bytes: %d answers: %q", path, n, answers, b)
				}
			})
		}
	}
	wg.Wait()
}
