package server_test

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/danielgtaylor/huma/v2/sse"
	"go.uber.org/goleak"

	"github.com/ferry-project/ferry"
	"github.com/ferry-project/ferry/internal/api"
	"github.com/ferry-project/ferry/internal/api/apitest"
	"github.com/ferry-project/ferry/internal/api/server"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// listening returns the address of a server for f, and a client that leaves nothing behind.
func listening(t *testing.T, f api.Ferry) (string, *http.Client) {
	t.Helper()
	s := httptest.NewServer(server.Handler(f, server.Options{Heartbeat: 20 * time.Millisecond}))
	t.Cleanup(s.Close)
	return s.URL, s.Client()
}

// ask sends a request; header is a list of names and values.
func ask(t *testing.T, c *http.Client, method, url, body string, header ...string) *http.Response {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Minute)
	t.Cleanup(cancel)
	req, err := http.NewRequestWithContext(ctx, method, url, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	for i := 0; i < len(header); i += 2 {
		req.Header.Set(header[i], header[i+1])
	}
	resp, err := c.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { resp.Body.Close() })
	return resp
}

// problem decodes the error an answer must be.
func problem(t *testing.T, resp *http.Response) api.Problem {
	t.Helper()
	var p api.Problem
	b, _ := io.ReadAll(resp.Body)
	if err := json.Unmarshal(b, &p); err != nil {
		t.Fatalf("%d %q: %v", resp.StatusCode, b, err)
	}
	if ct := resp.Header.Get("Content-Type"); ct != api.ProblemType || p.Status != resp.StatusCode || p.Detail == "" || p.Title == "" || p.Code == "" {
		t.Errorf("%s, status %d: %+v", ct, resp.StatusCode, p)
	}
	return p
}

func TestRefusals(t *testing.T) {
	f := &apitest.Ferry{StartFunc: func(context.Context, api.StartRequest) (ferry.Job, error) {
		t.Error("it got through")
		return ferry.Job{}, nil
	}}
	url, c := listening(t, f)
	text := func(n int) string {
		b, _ := json.Marshal(api.StartRequest{Source: api.Source{Target: "x", Text: make([]byte, n)}})
		return string(b)
	}
	for _, r := range []struct {
		name, method, path, body string
		header                   []string
		status                   int
		fault                    string // path of the first
	}{
		{name: "unknown field", method: "POST", path: "/v1/stacks", body: `{"target":"x","nmae":"y"}`, status: 422, fault: "body.nmae"},
		{name: "missing field", method: "POST", path: "/v1/stacks", body: `{}`, status: 422, fault: "body"},
		{name: "wrong type", method: "POST", path: "/v1/stacks", body: `{"target":7}`, status: 422, fault: "body.target"},
		{name: "not base64", method: "POST", path: "/v1/stacks", body: `{"target":"x","text":"???"}`, status: 422, fault: "body.text"},
		{name: "not JSON", method: "POST", path: "/v1/stacks", body: `{`, status: 400, fault: "body"},
		{name: "no body", method: "POST", path: "/v1/stacks", status: 400},
		{name: "another media type", method: "POST", path: "/v1/stacks", body: `x`, header: []string{"Content-Type", "text/plain"}, status: 415, fault: "body"},
		{name: "text too long", method: "POST", path: "/v1/stacks", body: text(api.MaxText + 1), status: 413},
		{name: "body too long", method: "POST", path: "/v1/stacks", body: text(3 * api.MaxText), status: 413},
		{name: "small body too long", method: "POST", path: "/v1/images/build", body: `{"recipes":["` + strings.Repeat("x", 1<<17) + `"]}`, status: 413},
		{name: "unknown parameter", method: "GET", path: "/v1/stacks?al=1", status: 422, fault: "query.al"},
		{name: "bad parameter", method: "GET", path: "/v1/stacks?all=perhaps", status: 422, fault: "query.all"},
		{name: "negative tail", method: "GET", path: "/v1/stacks/x/logs?tail=-1", status: 422, fault: "query.tail"},
		{name: "files without path", method: "GET", path: "/v1/stacks/x/files", status: 422, fault: "query.path"},
		{name: "boolean without a value", method: "GET", path: "/v1/stacks?all=", status: 422, fault: "query.all"},
		{name: "boolean named only", method: "DELETE", path: "/v1/stacks/x?force", status: 422, fault: "query.force"},
		{name: "number without a value", method: "GET", path: "/v1/stacks/x/logs?tail=", status: 422, fault: "query.tail"},
		{name: "moment without a value", method: "GET", path: "/v1/stacks/x/logs?since=", status: 422, fault: "query.since"},
		{name: "number without a value, of a stream", method: "GET", path: "/v1/events?after=", status: 422, fault: "query.after"},
		{name: "no moment", method: "GET", path: "/v1/stacks/x/logs?since=yesterday", status: 422, fault: "query.since"},
		{name: "empty path", method: "PUT", path: "/v1/stacks/x/files?path=", status: 422, fault: "query.path"},
		{name: "empty text", method: "POST", path: "/v1/plan", body: `{"target":"x","text":""}`, status: 422, fault: "body.text"},
		{name: "two slashes", method: "GET", path: "//v1/stacks", status: 404},
		{name: "dots", method: "GET", path: "/v1/../v1/stacks", status: 404},
		{name: "a slash more", method: "GET", path: "/v1/stacks/", status: 404},
		{name: "no such path", method: "GET", path: "/v1/stakcs", status: 404},
		{name: "no such method", method: "PATCH", path: "/v1/stacks", status: 405},
		{name: "another site", method: "POST", path: "/v1/stacks", body: `{"target":"x"}`, header: []string{"Sec-Fetch-Site", "cross-site"}, status: 403},
		{name: "another origin", method: "POST", path: "/v1/quit", header: []string{"Origin", "https://evil.example"}, status: 403},
	} {
		t.Run(r.name, func(t *testing.T) {
			p := problem(t, ask(t, c, r.method, url+r.path, r.body, r.header...))
			if p.Status != r.status || p.Code != api.CodeOf(r.status) {
				t.Errorf("got %+v, want %d", p, r.status)
			}
			if r.fault != "" && (len(p.Faults) == 0 || p.Faults[0].Path != r.fault) {
				t.Errorf("faults %+v, want %s", p.Faults, r.fault)
			}
		})
	}
}

func TestLongestTextIsTaken(t *testing.T) {
	got := 0
	url, c := listening(t, &apitest.Ferry{StartFunc: func(_ context.Context, r api.StartRequest) (ferry.Job, error) {
		got = len(r.Text)
		return ferry.Job{}, nil
	}})
	b, _ := json.Marshal(api.StartRequest{Source: api.Source{Target: "x", Text: make([]byte, api.MaxText)}})
	if resp := ask(t, c, "POST", url+"/v1/stacks", string(b)); resp.StatusCode != http.StatusAccepted || got != api.MaxText {
		t.Errorf("status %d, %d bytes", resp.StatusCode, got)
	}
}

func TestNoProxy(t *testing.T) {
	url, c := listening(t, &apitest.Ferry{})
	req, err := http.NewRequestWithContext(t.Context(), http.MethodConnect, url, nil)
	if err != nil {
		t.Fatal(err)
	}
	req.URL.Opaque = "elsewhere.example:443"
	resp, err := c.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	if p := problem(t, resp); p.Status != http.StatusMethodNotAllowed {
		t.Errorf("got %+v", p)
	}
}

// Engines count from 1970, so that before is from the beginning.
func TestLogsSince(t *testing.T) {
	var got []api.LogsRequest
	url, c := listening(t, &apitest.Ferry{LogsFunc: func(_ context.Context, _ string, l api.LogsRequest, _ io.Writer) error {
		got = append(got, l)
		return nil
	}})
	for since, bound := range map[string]bool{
		"1600-01-01T00:00:00Z": false, "1969-12-31T23:59:59Z": false, "0001-01-01T00:00:00Z": false,
		"1970-01-02T00:00:00Z": true, "2026-11-25T00:00:00%2B01:00": true, "9999-12-31T23:59:59Z": true,
	} {
		got = nil
		resp := ask(t, c, "GET", url+"/v1/stacks/x/logs?since="+since, "")
		if resp.StatusCode != http.StatusOK || len(got) != 1 || got[0].Since.IsZero() == bound {
			t.Errorf("%s: status %d, asked for %+v", since, resp.StatusCode, got)
		}
	}
}

func TestOtherMethodsAreNamed(t *testing.T) {
	url, c := listening(t, &apitest.Ferry{})
	if allow := ask(t, c, "PATCH", url+"/v1/stacks/x", "").Header.Get("Allow"); allow != "GET, DELETE" {
		t.Errorf("allow %q", allow)
	}
}

func TestSuccesses(t *testing.T) {
	f := &apitest.Ferry{
		StopFunc:   func(context.Context, string) (ferry.Job, error) { return ferry.Job{ID: "jo-1"}, nil },
		ListFunc:   func(context.Context, bool) ([]ferry.Stack, error) { return nil, nil },
		CancelFunc: func(context.Context, string) error { return nil },
		CopyToFunc: func(context.Context, string, string, string, io.Reader) error { return nil },
		LogsFunc:   func(context.Context, string, api.LogsRequest, io.Writer) error { return nil },
	}
	url, c := listening(t, f)
	for _, r := range []struct {
		name, method, path string
		status             int
		mediaType, body    string
	}{
		{"a job is accepted", "POST", "/v1/stacks/x/stop", 202, "application/json", ""},
		{"an empty list is a list", "GET", "/v1/stacks", 200, "application/json", "[]\n"},
		{"cancel has no answer", "DELETE", "/v1/jobs/x", 204, "", ""},
		{"copy has no answer", "PUT", "/v1/stacks/x/files?path=/", 204, "", ""},
		{"schema", "GET", "/v1/schema", 200, "application/schema+json", "{}"},
		{"empty log", "GET", "/v1/stacks/x/logs", 200, "text/plain; charset=utf-8", ""},
	} {
		t.Run(r.name, func(t *testing.T) {
			resp := ask(t, c, r.method, url+r.path, "", "Sec-Fetch-Site", "same-origin")
			b, _ := io.ReadAll(resp.Body)
			if resp.StatusCode != r.status || resp.Header.Get("Content-Type") != r.mediaType || r.body != "" && string(b) != r.body {
				t.Errorf("%d %s %q", resp.StatusCode, resp.Header.Get("Content-Type"), b)
			}
		})
	}
}

func TestEventStreamAsABrowserSeesIt(t *testing.T) {
	var asked []int64
	url, c := listening(t, &apitest.Ferry{FollowFunc: func(_ context.Context, _ string, after int64, do func(ferry.Event) error) error {
		asked = append(asked, after)
		return do(ferry.Event{Seq: 8, Kind: ferry.Note, Message: "two\nlines"})
	}})
	resp := ask(t, c, "GET", url+"/v1/jobs/jo-1/events?after=3", "", "Last-Event-ID", "7")
	b, _ := io.ReadAll(resp.Body)
	want := "id: 8\ndata: {\"seq\":8,\"time\":\"0001-01-01T00:00:00Z\",\"kind\":\"note\",\"message\":\"two\\nlines\"}\n\n" +
		"event: end\ndata: {\"job\":\"jo-1\"}\n\n"
	if string(b) != want || resp.Header.Get("Content-Type") != "text/event-stream" {
		t.Errorf("%v\n%s", resp.Header, b)
	}
	ask(t, c, "GET", url+"/v1/events?after=3", "")
	if len(asked) != 2 || asked[0] != 7 || asked[1] != 3 {
		t.Errorf("asked after %v", asked)
	}
}

func TestQuietEventStreamBeats(t *testing.T) {
	url, c := listening(t, &apitest.Ferry{})
	resp := ask(t, c, "GET", url+"/v1/events", "")
	lines := bufio.NewScanner(resp.Body)
	for range 3 {
		if !lines.Scan() || !strings.HasPrefix(lines.Text(), ":") || !lines.Scan() || lines.Text() != "" {
			t.Fatalf("got %q, %v", lines.Text(), lines.Err())
		}
	}
}

// The deadline for writing an event must not hit the comments after it.
func TestEventStreamBeatsAfterAnEvent(t *testing.T) {
	deadline := sse.WriteTimeout
	sse.WriteTimeout = 50 * time.Millisecond
	t.Cleanup(func() { sse.WriteTimeout = deadline })
	url, c := listening(t, &apitest.Ferry{FollowFunc: func(ctx context.Context, _ string, _ int64, do func(ferry.Event) error) error {
		err := do(ferry.Event{Seq: 1})
		<-ctx.Done()
		return err
	}})
	lines := bufio.NewScanner(ask(t, c, "GET", url+"/v1/events", "").Body)
	for beats := 0; beats < 10; {
		if !lines.Scan() {
			t.Fatalf("cut off after %d comments: %v", beats, lines.Err())
		}
		if strings.HasPrefix(lines.Text(), ":") {
			beats++
		}
	}
}

// A client need not wait to be asked for its body.
func TestProgressBeforeTheBodyIsRead(t *testing.T) {
	const much = 100 << 10 // little enough for net/http to throw it away before an answer
	url, c := listening(t, &apitest.Ferry{BuildConnectorFunc: func(_ context.Context, _ string, tar io.Reader, progress func(string) error) (string, error) {
		err := progress("begun")
		n, err2 := io.Copy(io.Discard, tar)
		if n != much {
			t.Errorf("%d bytes arrived", n)
		}
		return "ref", errors.Join(err, err2)
	}})
	b, _ := io.ReadAll(ask(t, c, "POST", url+"/v1/images/connectors?name=x", strings.Repeat("x", much)).Body)
	if want := "{\"progress\":\"begun\"}\n{\"result\":\"ref\"}\n"; string(b) != want {
		t.Errorf("got %s", b)
	}
}

// deadlines notes the read deadlines that are set on a connection.
type deadlines struct {
	*httptest.ResponseRecorder
	set []time.Time
}

func (d *deadlines) SetReadDeadline(t time.Time) error { d.set = append(d.set, t); return nil }

// A deadline for reading the body that stays would cancel the call when it passes,
// long after the body was read.
func TestCallWithABodyHasNoDeadlineLeft(t *testing.T) {
	h := server.Handler(&apitest.Ferry{}, server.Options{})
	for _, path := range []string{"/v1/stacks", "/v1/plan", "/v1/questions", "/v1/images/build", "/v1/doctor"} {
		w := &deadlines{ResponseRecorder: httptest.NewRecorder()}
		h.ServeHTTP(w, httptest.NewRequest(http.MethodPost, path, strings.NewReader(`{"target":"x"}`)))
		if n := len(w.set); n == 0 || !w.set[n-1].IsZero() {
			t.Errorf("%s sets the deadlines %v", path, w.set)
		}
	}
}
