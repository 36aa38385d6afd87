package web

import (
	"bytes"
	"compress/gzip"
	"context"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/ferry-project/ferry"
	"github.com/ferry-project/ferry/internal/api"
	"github.com/ferry-project/ferry/internal/api/apitest"
)

var now = time.Date(2026, 11, 25, 12, 0, 0, 0, time.UTC)

const evil = `<script>alert("1")</script>`

// lab is a stack of two services and a connector that one node of keeps waiting. Every text
// that somebody else may have written tries to be more than a text.
func lab() api.Detail {
	nodes := func(names ...string) (out []ferry.NodeView) {
		for _, n := range names {
			out = append(out, ferry.NodeView{Name: n, State: "running", Address: "10.1.0.2"})
		}
		return out
	}
	d := api.Detail{Stack: ferry.Stack{
		ID: "sa-1", Name: "lab", Application: "hadoop " + evil, Status: ferry.Running, Created: now.Add(-time.Hour), Job: "jo-1",
		Problems: []string{"hadoop1 said " + evil},
		Services: []ferry.ServiceView{
			{ID: "se-1", Class: ferry.Storage, Personality: "hadoop", Count: 2, Nodes: nodes("hadoop0", "hadoop1"), Web: []ferry.WebLink{{Name: "NameNode", URL: "http://127.0.0.1:9870/"}}},
			{ID: "se-2", Class: ferry.Layer, Personality: "hive", Parent: "se-1", Count: 1, Nodes: nodes("hive0")},
			{ID: "se-3", Class: ferry.Connector, Personality: "hadoop-client", Count: 1, Nodes: nodes("hadoop-client0")},
		},
	}}
	for _, name := range []string{"hadoop0", "hadoop1", "hive0", "hadoop-client0"} {
		n := ferry.Node{}
		n.Name = name
		d.Plan.Nodes = append(d.Plan.Nodes, n)
	}
	d.Plan.Services = []ferry.Planned{{ID: "se-1", Notes: []string{evil}, Web: []ferry.WebPage{{Name: "NameNode", Node: "hadoop0", Port: 9870}}}}
	return d
}

func events() []ferry.Event {
	at := func(s float64) time.Time { return now.Add(time.Duration(s * float64(time.Second))) }
	return []ferry.Event{
		{Seq: 1, Kind: ferry.JobStarted, Time: at(0), Job: "jo-1", Total: 3, Ops: []ferry.Op{
			{ID: "start hadoop0", Do: ferry.StartNode, Node: "hadoop0", Why: "all nodes start together"},
			{ID: "probe hdfs@hadoop0", Do: ferry.AwaitProbe, Node: "hadoop0", Why: "clients read " + evil},
			{ID: "ready hadoop0", Do: ferry.Ready, Why: "all of it answered"},
		}},
		{Seq: 2, Kind: ferry.OpStarted, Time: at(0.5), Op: "start hadoop0", Do: ferry.StartNode},
		{Seq: 3, Kind: ferry.OpDone, Time: at(1), Op: "start hadoop0", Do: ferry.StartNode, Took: 500 * time.Millisecond},
		{Seq: 4, Kind: ferry.OpStarted, Time: at(1), Op: "probe hdfs@hadoop0", Do: ferry.AwaitProbe, Node: "hadoop0"},
		{Seq: 5, Kind: ferry.OpWaiting, Time: at(2), Op: "probe hdfs@hadoop0", Do: ferry.AwaitProbe, Node: "hadoop0", Message: "safe mode " + evil},
	}
}

// server is a Ferry with everything in it.
func server() *apitest.Ferry {
	return &apitest.Ferry{
		ListFunc: func(context.Context, bool) ([]ferry.Stack, error) {
			return []ferry.Stack{lab().Stack, {ID: "sa-2", Status: ferry.Starting, Job: "jo-2"}, {ID: "sa-3", Status: ferry.Stopped}, {ID: "sa-4", Status: ferry.Lost}}, nil
		},
		InspectFunc: func(_ context.Context, ref string) (api.Detail, error) {
			if ref != "sa-1" && ref != "lab" {
				return api.Detail{}, ferry.Errorf(ferry.NotFound, "no stack %q", ref).WithHint("there is lab")
			}
			return lab(), nil
		},
		AppsFunc: func(context.Context) ([]api.App, error) { return []api.App{{Name: "hadoop", Text: "backend: []"}}, nil },
		JobFunc: func(context.Context, string) (ferry.Job, error) {
			return ferry.Job{ID: "jo-1", Kind: ferry.StartJob, Stack: "sa-1", State: ferry.JobRunning, Start: now}, nil
		},
		ListJobsFunc: func(context.Context, string) ([]ferry.Job, error) {
			return []ferry.Job{{ID: "jo-1", Kind: ferry.StartJob, State: ferry.JobFailed, Error: ferry.Errorf(ferry.Failed, "%s", evil)}}, nil
		},
		PastFunc: func(context.Context, string) ([]ferry.Event, error) { return events(), nil },
		SnapshotsFunc: func(context.Context) ([]ferry.Snapshot, error) {
			return []ferry.Snapshot{{ID: "sn-1", Name: evil, State: ferry.SnapshotGood, Stack: "sa-1"}}, nil
		},
		ImagesFunc: func(context.Context) ([]api.Image, error) {
			return []api.Image{{Recipe: "hadoop", Ref: "ferry/hadoop:1", Built: true, Current: true, UsedBy: []string{"sa-1"}}, {Recipe: "mpi"}}, nil
		},
		DoctorFunc: func(context.Context, bool, func(string) error) ([]api.Check, error) {
			return []api.Check{{Name: "engine", OK: true, Found: evil}, {Name: "memory", Hint: "buy more"}}, nil
		},
		LogsFunc: func(_ context.Context, _ string, l api.LogsRequest, w io.Writer) error {
			_, err := fmt.Fprintf(w, "%s INFO %s\n%s WARN careful\n%s ERROR broken\n", l.Node, evil, l.Node, l.Node)
			return err
		},
	}
}

func site(t *testing.T, f api.Ferry) http.Handler {
	t.Helper()
	s, err := New(f, slog.New(slog.DiscardHandler), func() time.Time { return now.Add(10 * time.Second) })
	if err != nil {
		t.Fatal(err)
	}
	return s.Handler()
}

func get(h http.Handler, path string) *httptest.ResponseRecorder {
	w := httptest.NewRecorder()
	h.ServeHTTP(w, httptest.NewRequest("GET", path, nil))
	return w
}

func post(h http.Handler, path string, form url.Values) *httptest.ResponseRecorder {
	w := httptest.NewRecorder()
	r := httptest.NewRequest("POST", path, strings.NewReader(form.Encode()))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	h.ServeHTTP(w, r)
	return w
}

var everyPage = []string{
	"/", "/try", "/try?app=hadoop", "/jobs", "/jobs/jo-1", "/snapshots", "/images", "/machine", "/stacks/lab", "/stacks/sa-1",
	"/stacks/lab/logs", "/stacks/lab/logs?node=hadoop0&node=hive0&level=warn", "/nothing", "/stacks/nothing",
}

// The pages do what their policy allows: no script and no style stands in one, nothing is
// loaded from elsewhere, and what others wrote stays a text.
func TestPagesKeepTheirPolicy(t *testing.T) {
	h := site(t, server())
	wrong := regexp.MustCompile(`<script>|<style|\sstyle=|\son[a-z]+=|javascript:|(src|action|formaction|data-follow)="(https?:)?//|<link[^>]+href="(https?:)?//`)
	for _, path := range everyPage {
		w := get(h, path)
		text := w.Body.String()
		if w.Code >= 500 || !strings.Contains(text, "</html>") {
			t.Errorf("%s: %d\n%s", path, w.Code, text)
		}
		if found := wrong.FindString(text); found != "" {
			t.Errorf("%s has %q", path, found)
		}
	}
}

// Every link and every form of every page leads to something.
func TestLinksLeadSomewhere(t *testing.T) {
	h := site(t, server())
	target := regexp.MustCompile(`(href|src|action|formaction)="(/[^"]*)"`)
	seen := map[string]bool{"/logout": true} // of the door
	for _, path := range everyPage {
		for _, m := range target.FindAllStringSubmatch(get(h, path).Body.String(), -1) {
			to := strings.ReplaceAll(m[2], "&amp;", "&")
			if seen[to] {
				continue
			}
			seen[to] = true
			if strings.Contains(m[1], "action") {
				if w := post(h, to, nil); w.Code == http.StatusMethodNotAllowed || strings.Contains(w.Body.String(), "nothing called") {
					t.Errorf("%s posts to %s: %d", path, to, w.Code)
				}
			} else if w := get(h, to); w.Code != 200 && !strings.Contains(to, "/sa-2") && !strings.Contains(to, "/sa-3") && !strings.Contains(to, "/sa-4") {
				t.Errorf("%s leads to %s: %d", path, to, w.Code)
			}
		}
	}
	if len(seen) < 25 {
		t.Errorf("only %d links are looked at", len(seen))
	}
}

func demand(t *testing.T, where, text string, words ...string) {
	t.Helper()
	for _, w := range words {
		if !strings.Contains(text, w) {
			t.Errorf("%s: no %q in\n%s", where, w, text)
		}
	}
}

func TestWhatPagesSay(t *testing.T) {
	h := site(t, server())
	for path, words := range map[string][]string{
		"/":           {">lab</a>", "● </span> running", "◐</span> starting", "hadoop1 said &lt;script&gt;", `href="http://127.0.0.1:9870/"`, `action="/stacks/sa-1/stop"`, `action="/adopt"`, `action="/jobs/jo-2/cancel"`},
		"/stacks/lab": {"waits for", "safe mode", "ferry browse sa-1", "hive (layer)", `<g class="node busy">`},
		"/jobs/jo-1":  {"1 of 3 operations", "all nodes start together", "clients read &lt;script&gt;", "0.5 s", "to come", "safe mode &lt;script&gt;", `action="/jobs/jo-1/cancel"`},
		"/jobs":       {"✗</span> failed", "&lt;script&gt;"},
		"/machine":    {"not good", "buy more"},
		"/snapshots":  {`value="sn-1"`},
		"/images":     {"✓ built", "not built", "Build mpi"},
		"/stacks/no":  {"no stack &#34;no&#34;", "there is lab"},
	} {
		text := strings.ReplaceAll(get(h, path).Body.String(), "●</span>", "● </span>")
		for _, w := range words {
			if !strings.Contains(strings.ToLower(text), strings.ToLower(w)) {
				t.Errorf("%s: no %q in\n%s", path, w, text)
			}
		}
	}
}

// What is under way is never shown as bad.
func TestNothingIsRedWhileItStarts(t *testing.T) {
	for _, s := range []ferry.Status{ferry.Starting, ferry.Changing, ferry.Stopping, ferry.Removing} {
		if m := mark(s); m.Class != "busy" || m.Shape == "○" {
			t.Errorf("%s: %+v", s, m)
		}
	}
}

// Events reach the pages that they matter to, and a browser that comes back misses none.
func TestEvents(t *testing.T) {
	var after int64
	h := site(t, &apitest.Ferry{FollowFunc: func(_ context.Context, _ string, from int64, do func(ferry.Event) error) error {
		after = from
		for i, e := range []ferry.Event{
			{Kind: ferry.OpDone, Stack: "sa-1", Job: "jo-1"}, {Kind: ferry.JobEnded, Stack: "sa-2", Job: "jo-2"}, {Kind: ferry.NodeDied, Stack: "sa-1"},
		} {
			e.Seq = int64(i + 1)
			if err := do(e); err != nil {
				return err
			}
		}
		return nil
	}})
	for about, want := range map[string]string{"stacks": "2 3", "sa-1": "1 3", "jo-2": "2", "sa-9": ""} {
		w := get(h, "/events?about="+about)
		var ids []string
		for _, m := range regexp.MustCompile(`(?m)^id: (\d+)$`).FindAllStringSubmatch(w.Body.String(), -1) {
			ids = append(ids, m[1])
		}
		if got := strings.Join(ids, " "); got != want || w.Header().Get("Content-Type") != "text/event-stream" {
			t.Errorf("%s: %q, want %q", about, got, want)
		}
	}
	if after < 1<<40 {
		t.Errorf("a new page begins after %d", after)
	}
	r := httptest.NewRequest("GET", "/events?about=sa-1", nil)
	r.Header.Set("Last-Event-ID", "41")
	h.ServeHTTP(httptest.NewRecorder(), r)
	if after != 41 {
		t.Errorf("a browser that comes back begins after %d", after)
	}
}

// The first view of a hundred stacks is small; what all pages load is loaded once.
func TestPagesAreSmall(t *testing.T) {
	h := site(t, &apitest.Ferry{ListFunc: func(context.Context, bool) (all []ferry.Stack, err error) {
		for i := range 100 {
			s := lab().Stack
			s.ID = fmt.Sprintf("sa-%08x", i)
			all = append(all, s)
		}
		return all, nil
	}})
	var packed bytes.Buffer
	z := gzip.NewWriter(&packed)
	for _, path := range []string{"/", "/static/ferry.css", "/static/live.js", "/static/ferry.svg"} {
		w := get(h, path)
		if w.Code != 200 {
			t.Fatalf("%s: %d", path, w.Code)
		}
		_, _ = z.Write(w.Body.Bytes())
	}
	_ = z.Close()
	if packed.Len() > 64<<10 {
		t.Errorf("%d bytes, packed", packed.Len())
	}
}
