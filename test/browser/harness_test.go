//go:build browser

// Package browser looks at Ferry's web page with a real one, Chromium without a window.
// scripts/check browser installs what it needs and runs it. What the pages say is tested
// without a browser, in internal/web; here is what only a browser does.
package browser

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"

	"github.com/ferry-project/ferry"
	"github.com/ferry-project/ferry/internal/api"
	"github.com/ferry-project/ferry/internal/api/apitest"
	"github.com/ferry-project/ferry/internal/web"
	"github.com/ferry-project/ferry/internal/web/login"
)

// patience bounds what must happen; nothing here is about how fast it does.
const patience = 3 * time.Minute

// lab is a Ferry with one stack, to which things happen.
type lab struct {
	mu     sync.Mutex
	stack  api.Detail
	events []ferry.Event
	news   chan struct{}
	did    []string
}

func newLab() *lab {
	l := &lab{news: make(chan struct{})}
	l.stack.Stack = ferry.Stack{
		ID: "sa-1", Name: "lab", Application: "hadoop", Status: ferry.Running, Created: time.Now().Add(-time.Hour), Job: "jo-1",
		Services: []ferry.ServiceView{
			{ID: "se-1", Class: ferry.Storage, Personality: "hadoop", Count: 3, Nodes: views("hadoop0", "hadoop1", "hadoop2"), Web: []ferry.WebLink{{Name: "NameNode", URL: "http://127.0.0.1:9870/"}}},
			{ID: "se-2", Class: ferry.Layer, Personality: "hive", Parent: "se-1", Count: 1, Nodes: views("hive0")},
			{ID: "se-3", Class: ferry.Connector, Personality: "hadoop-client", Count: 1, Nodes: views("hadoop-client0")},
		},
	}
	for _, name := range []string{"hadoop0", "hadoop1", "hadoop2", "hive0", "hadoop-client0"} {
		n := ferry.Node{}
		n.Name = name
		l.stack.Plan.Nodes = append(l.stack.Plan.Nodes, n)
	}
	l.stack.Plan.Services = []ferry.Planned{{ID: "se-1", Notes: []string{"HDFS asks nobody for a login"}, Web: []ferry.WebPage{{Name: "NameNode", Node: "hadoop0", Port: 9870}}}}
	l.events = started()
	return l
}

func views(names ...string) (out []ferry.NodeView) {
	for i, n := range names {
		out = append(out, ferry.NodeView{Name: n, State: "running", Address: fmt.Sprintf("10.210.0.%d", i+2), Memory: 1 << 30})
	}
	return out
}

// happens changes the stack and reports an event of it.
func (l *lab) happens(e ferry.Event, change func(*api.Detail)) {
	l.mu.Lock()
	defer l.mu.Unlock()
	change(&l.stack)
	e.Seq, e.Time = int64(len(l.events)+1), time.Now()
	l.events = append(l.events, e)
	close(l.news)
	l.news = make(chan struct{})
}

func (l *lab) now() api.Detail {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.stack
}

func (l *lab) do(what string) (ferry.Job, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.did = append(l.did, what)
	return ferry.Job{ID: "jo-1", Kind: ferry.StopJob, Stack: "sa-1", State: ferry.JobDone}, nil
}

func (l *lab) done() []string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.did
}

// follow is that of a server: old events after a number, then those that come.
func (l *lab) follow(ctx context.Context, _ string, after int64, do func(ferry.Event) error) error {
	l.mu.Lock()
	at := min(after, int64(len(l.events)))
	l.mu.Unlock()
	for {
		l.mu.Lock()
		fresh, news := l.events[at:], l.news
		l.mu.Unlock()
		for _, e := range fresh {
			at = e.Seq
			if err := do(e); err != nil {
				return err
			}
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-news:
		}
	}
}

func (l *lab) past(context.Context, string) ([]ferry.Event, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.events, nil
}

func (l *lab) ferry() *apitest.Ferry {
	began := l.events[0].Time
	return &apitest.Ferry{
		ListFunc:    func(context.Context, bool) ([]ferry.Stack, error) { return []ferry.Stack{l.now().Stack}, nil },
		InspectFunc: func(context.Context, string) (api.Detail, error) { return l.now(), nil },
		StopFunc:    func(_ context.Context, ref string) (ferry.Job, error) { return l.do("stop " + ref) },
		RemoveFunc:  func(_ context.Context, ref string, _ bool) (ferry.Job, error) { return l.do("remove " + ref) },
		StartFunc:   func(_ context.Context, r api.StartRequest) (ferry.Job, error) { return l.do("start " + r.Target) },
		JobFunc: func(context.Context, string) (ferry.Job, error) {
			return ferry.Job{ID: "jo-1", Kind: ferry.StartJob, Stack: "sa-1", State: ferry.JobDone, Start: began, End: began.Add(21 * time.Second)}, nil
		},
		ListJobsFunc: func(context.Context, string) ([]ferry.Job, error) {
			return []ferry.Job{{ID: "jo-1", Kind: ferry.StartJob, Stack: "sa-1", State: ferry.JobDone, Start: began}}, nil
		},
		PastFunc: l.past, FollowFunc: l.follow,
		SnapshotsFunc: func(context.Context) ([]ferry.Snapshot, error) {
			return []ferry.Snapshot{{ID: "sn-1", Name: "monday", State: ferry.SnapshotGood, Stack: "sa-1", Created: began}}, nil
		},
		ImagesFunc: func(context.Context) ([]api.Image, error) {
			return []api.Image{{Recipe: "hadoop", Ref: "ferry/hadoop:1", Built: true, Current: true, Created: began}, {Recipe: "mpi", Ref: "ferry/mpi:1"}}, nil
		},
		DoctorFunc: func(context.Context, bool, func(string) error) ([]api.Check, error) {
			return []api.Check{{Name: "engine", OK: true, Found: "Docker 20.10"}, {Name: "memory", Found: "1 GiB", Hint: "close something"}}, nil
		},
		QuestionsFunc: func(_ context.Context, s api.Source) ([]ferry.Question, error) {
			return nil, ferry.Faults{{Line: 3, Column: 20, Path: "backend[0].storage.personality", Message: "no personality is called \"glustr\"", Hint: "did you mean gluster?"}}
		},
		LogsFunc: func(ctx context.Context, _ string, r api.LogsRequest, w io.Writer) error {
			if !r.Follow {
				_, err := io.WriteString(w, "INFO all is well\nWARN careful\n")
				return err
			}
			if _, err := io.WriteString(w, "ERROR a line that came later\n"); err != nil {
				return err
			}
			<-ctx.Done()
			return ctx.Err()
		},
	}
}

// opened is the page on a port of this machine.
type opened struct {
	door *login.Door
	lab  *lab
	port string
}

func open(t *testing.T) opened {
	t.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	_, port, _ := net.SplitHostPort(ln.Addr().String())
	o := opened{lab: newLab(), port: port, door: &login.Door{Host: "ferry.localhost:" + port, Cookie: "ferry_" + port, Now: time.Now}}
	site, err := web.New(o.lab.ferry(), slog.New(slog.DiscardHandler), time.Now)
	if err != nil {
		t.Fatal(err)
	}
	s := httptest.NewUnstartedServer(o.door.Guard(site.Handler()))
	_ = s.Listener.Close()
	s.Listener = ln
	s.Start()
	t.Cleanup(func() { s.CloseClientConnections(); s.Close() })
	return o
}

func (o opened) url(path string) string { return "http://" + o.door.Host + path }

// tab returns a tab of a new Chromium. The names of other sites lead to this machine, as a
// hostile name server would have it.
func tab(t *testing.T) context.Context {
	t.Helper()
	program := os.Getenv("CHROMIUM")
	if program == "" {
		program = "chromium"
	}
	options := append(chromedp.DefaultExecAllocatorOptions[:], chromedp.ExecPath(program), chromedp.NoSandbox,
		chromedp.WindowSize(1200, 900), chromedp.WSURLReadTimeout(patience),
		chromedp.Flag("host-resolver-rules", "MAP evil.example 127.0.0.1"))
	ctx, cancel := chromedp.NewExecAllocator(context.Background(), options...)
	t.Cleanup(cancel)
	ctx, cancel = chromedp.NewContext(ctx)
	t.Cleanup(cancel)
	must(t, chromedp.Do(ctx)) // starts it, without a time that would end it
	ctx, cancel = context.WithTimeout(ctx, patience)
	t.Cleanup(cancel)
	return ctx
}

// enter logs the tab in.
func (o opened) enter(t *testing.T, ctx context.Context) {
	t.Helper()
	link, _ := o.door.Link()
	must(t, chromedp.Do(ctx, chromedp.Navigate(link), chromedp.WaitVisible(chromedp.CSS("h1"))))
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// eval returns the value of an expression in the page.
func eval[T any](t *testing.T, ctx context.Context, expression string) T {
	t.Helper()
	v, err := chromedp.Run(ctx, chromedp.Evaluate[T](expression, chromedp.EvalAwaitPromise))
	must(t, err)
	return v
}

// until waits until an expression in the page is true. The page may become another one meanwhile.
func until(t *testing.T, ctx context.Context, expression string) {
	t.Helper()
	for {
		ok, err := chromedp.Run(ctx, chromedp.Evaluate[bool]("!!("+expression+")"))
		if ok {
			return
		}
		select {
		case <-ctx.Done():
			t.Fatalf("never came true: %s: %v", expression, err)
		case <-time.After(50 * time.Millisecond):
		}
	}
}

// scheme makes the page light or dark.
func scheme(t *testing.T, ctx context.Context, colours string) {
	t.Helper()
	_, err := chromedp.Call(ctx, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{
		Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: colours}},
	})
	must(t, err)
}

// site is a page of somebody else's.
func site(t *testing.T, html string) *httptest.Server {
	t.Helper()
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/html")
		_, err := io.WriteString(w, html)
		if err != nil && !errors.Is(err, net.ErrClosed) {
			t.Log(err)
		}
	}))
	t.Cleanup(s.Close)
	return s
}

// started are the events of a start.
func started() (all []ferry.Event) {
	begin := time.Now().Add(-time.Minute)
	at := func(s float64) time.Time { return begin.Add(time.Duration(s * float64(time.Second))) }
	ops := []ferry.Op{
		{ID: "network", Do: ferry.CreateNetwork, Why: "the stack's own network 10.210.0.0/26"},
		{ID: "start hadoop0", Do: ferry.StartNode, Node: "hadoop0", Why: "all nodes start together"},
		{ID: "start hive0", Do: ferry.StartNode, Node: "hive0", Why: "all nodes start together"},
		{ID: "probe hdfs@hadoop0", Do: ferry.AwaitProbe, Node: "hadoop0", Why: "HDFS has left safe mode"},
		{ID: "probe hiveserver2@hive0", Do: ferry.AwaitProbe, Node: "hive0", Why: "the first query is answered"},
	}
	all = append(all, ferry.Event{Kind: ferry.JobStarted, Time: begin, Total: len(ops), Ops: ops})
	for _, s := range []struct {
		op       int
		from, to float64
	}{{0, 0, 0.4}, {1, 0.4, 1.5}, {2, 0.4, 1.8}, {3, 1.5, 11}, {4, 1.8, 21}} {
		o := ops[s.op]
		all = append(all, ferry.Event{Kind: ferry.OpStarted, Op: o.ID, Do: o.Do, Node: o.Node, Time: at(s.from)},
			ferry.Event{Kind: ferry.OpDone, Op: o.ID, Do: o.Do, Node: o.Node, Time: at(s.to), Took: time.Duration((s.to - s.from) * 1e9)})
	}
	all = append(all, ferry.Event{Kind: ferry.JobEnded, State: ferry.JobDone, Time: at(21), Took: 21 * time.Second, Path: []ferry.Step{
		{Op: "network", Took: 400 * time.Millisecond}, {Op: "start hive0", Took: 1400 * time.Millisecond}, {Op: "probe hiveserver2@hive0", Took: 19200 * time.Millisecond},
	}})
	for i := range all {
		all[i].Seq, all[i].Job, all[i].Stack = int64(i+1), "jo-1", "sa-1"
	}
	return all
}
