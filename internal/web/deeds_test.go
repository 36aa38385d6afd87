package web

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"github.com/ferry-project/ferry"
	"github.com/ferry-project/ferry/internal/api"
	"github.com/ferry-project/ferry/internal/api/apitest"
)

func TestLogsAreFiltered(t *testing.T) {
	h := site(t, server())
	for query, want := range map[string]int{
		"": 3, "level=warn": 2, "level=error": 1, "text=BROKEN": 1, "text=b.*n&regexp=1": 1, "text=x": 0, "node=hive0": 3, "node=hive0&node=hadoop0&level=error": 2,
	} {
		text := get(h, "/stacks/lab/logs?"+query).Body.String()
		if got := len(regexp.MustCompile(`(?m)<div( class="(warn|error)")?>[^<]*(INFO|WARN|ERROR)`).FindAllString(text, -1)); got != want {
			t.Errorf("%q: %d lines, want %d\n%s", query, got, want, text)
		}
	}
	if w := get(h, "/stacks/lab/logs?text=(&regexp=1"); w.Code != 422 || !strings.Contains(w.Body.String(), "no regular expression") {
		t.Errorf("%d %s", w.Code, w.Body)
	}
	w := get(h, "/stacks/lab/logs.txt?level=error&node=hive0")
	if w.Body.String() != "hive0 ERROR broken\n" || !strings.HasPrefix(w.Header().Get("Content-Disposition"), "attachment") {
		t.Errorf("%v %q", w.Header(), w.Body)
	}
}

func TestButtonsDoWhatTheySay(t *testing.T) {
	var did []string
	job := func(format string, args ...any) (ferry.Job, error) {
		did = append(did, fmt.Sprintf(format, args...))
		return ferry.Job{ID: "jo-9"}, nil
	}
	h := site(t, &apitest.Ferry{
		StartFunc: func(_ context.Context, r api.StartRequest) (ferry.Job, error) {
			return job("start %s %q %s %v", r.Target, r.Text, r.Name, r.Answers)
		},
		StopFunc:   func(_ context.Context, ref string) (ferry.Job, error) { return job("stop %s", ref) },
		TestFunc:   func(_ context.Context, ref string) (ferry.Job, error) { return job("test %s", ref) },
		RemoveFunc: func(_ context.Context, ref string, force bool) (ferry.Job, error) { return job("rm %s %v", ref, force) },
		SnapshotFunc: func(_ context.Context, ref string, _ api.SnapshotRequest) (ferry.Job, error) {
			return job("snapshot %s", ref)
		},
		BuildFunc:  func(_ context.Context, r []string) (ferry.Job, error) { return job("build %v", r) },
		CancelFunc: func(_ context.Context, id string) error { did = append(did, "cancel "+id); return nil },
	})
	for _, c := range []struct{ path, form, want string }{
		{"/start", "target=hadoop&name=lab", `start hadoop "" lab map[]`},
		{"/start", "text=a%0D%0Ab&answer.n=3", `start app.yaml "a\nb"  map[n:3]`},
		{"/stacks/lab/start", "", `start lab ""  map[]`},
		{"/stacks/lab/stop", "", "stop lab"},
		{"/stacks/lab/test", "", "test lab"},
		{"/stacks/lab/snapshot", "", "snapshot lab"},
		{"/stacks/lab/remove", "", "rm lab true"},
		{"/images/build", "recipe=mpi", "build [mpi]"},
	} {
		form, _ := url.ParseQuery(c.form)
		did = nil
		w := post(h, c.path, form)
		if w.Code != http.StatusSeeOther || w.Header().Get("Location") != "/jobs/jo-9" || strings.Join(did, "; ") != c.want {
			t.Errorf("%s: %d to %q, did %q", c.path, w.Code, w.Header().Get("Location"), did)
		}
	}
	did = nil
	if w := post(h, "/jobs/jo-9/cancel", nil); w.Code != http.StatusSeeOther || did[0] != "cancel jo-9" {
		t.Errorf("cancel: %d %q", w.Code, did)
	}
	if w := post(h, "/stacks/lab/explode", nil); w.Code != http.StatusNotFound {
		t.Errorf("no such verb: %d", w.Code)
	}
	for _, path := range []string{"/stacks/lab/stop", "/start"} { // looking does nothing
		did = nil
		if w := get(h, path); w.Code < 400 || did != nil {
			t.Errorf("GET %s: %d, did %q", path, w.Code, did)
		}
	}
}

func TestWhatFailsIsSaidWithItsHint(t *testing.T) {
	h := site(t, &apitest.Ferry{StopFunc: func(context.Context, string) (ferry.Job, error) {
		return ferry.Job{}, ferry.Errorf(ferry.Conflict, "lab is being started").WithHint("ferry cancel jo-1")
	}})
	w := post(h, "/stacks/lab/stop", nil)
	if w.Code != http.StatusConflict {
		t.Errorf("status %d", w.Code)
	}
	demand(t, "stop", w.Body.String(), `role="alert"`, "lab is being started", "ferry cancel jo-1")
}

func TestTryingAFile(t *testing.T) {
	h := site(t, &apitest.Ferry{
		QuestionsFunc: func(_ context.Context, s api.Source) ([]ferry.Question, error) {
			if strings.Contains(string(s.Text), "glustr") {
				return nil, ferry.Faults{{Line: 3, Column: 9, Path: "backend[0]", Message: "no personality is called glustr", Hint: "did you mean gluster?"}}
			}
			return []ferry.Question{{Question: "How many?", Param: "n", Default: "2"}}, nil
		},
		PlanFunc: func(_ context.Context, s api.Source) (api.Proposal, error) {
			n := ferry.Node{}
			n.Name = "gluster" + s.Answers["n"]
			return api.Proposal{
				Plan: ferry.Plan{Nodes: []ferry.Node{n}, Services: []ferry.Planned{{ID: "se-1", Class: ferry.Storage, Nodes: []string{n.Name}}}},
				Ops:  []ferry.Op{{ID: "network", Why: "its own"}},
			}, nil
		},
	})
	text := post(h, "/try", url.Values{"text": {"glustr"}}).Body.String()
	demand(t, "a fault", text, "line 3, column 9", "did you mean gluster?", ">glustr</textarea>")
	text = post(h, "/try", url.Values{"text": {"gluster"}}).Body.String()
	demand(t, "a default", text, "How many?", `name="answer.n" value="2"`, ">gluster2</text>", "its own")
	text = post(h, "/try", url.Values{"text": {"gluster"}, "answer.n": {"7"}}).Body.String()
	demand(t, "an answer", text, `value="7"`, ">gluster7</text>")
	if w := post(h, "/try", url.Values{"text": {strings.Repeat("x", 3<<20)}}); w.Code != 422 || !strings.Contains(w.Body.String(), "longer than") {
		t.Errorf("a long text: %d", w.Code)
	}
}
