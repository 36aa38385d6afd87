package cli

import (
	"context"
	"os"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/ferry-project/ferry"
	"github.com/ferry-project/ferry/internal/api"
	"github.com/ferry-project/ferry/internal/api/apitest"
)

// writerFunc is called for everything a command prints.
type writerFunc func(p []byte) (int, error)

func (f writerFunc) Write(p []byte) (int, error) { return f(p) }

// TestCtrlCDuringARun: the command is ended, and the stack is removed all the same.
func TestCtrlCDuringARun(t *testing.T) {
	var removed []string
	e := onTerminal(&apitest.Ferry{
		QuestionsFunc: func(context.Context, api.Source) ([]ferry.Question, error) { return nil, nil },
		StartFunc: func(context.Context, api.StartRequest) (ferry.Job, error) {
			return ferry.Job{ID: "jo-1", Stack: "sa-1"}, nil
		},
		RemoveFunc: func(_ context.Context, ref string, force bool) (ferry.Job, error) {
			removed = append(removed, ref)
			return ferry.Job{ID: "jo-2", Stack: "sa-1"}, nil
		},
		CancelFunc: func(_ context.Context, id string) error {
			t.Errorf("job %s was cancelled", id)
			return nil
		},
		InspectFunc: func(context.Context, string) (api.Detail, error) {
			return api.Detail{Stack: ferry.Stack{ID: "sa-1"}}, nil
		},
		FollowFunc: func(_ context.Context, _ string, _ int64, do func(ferry.Event) error) error {
			return do(ferry.Event{Kind: ferry.JobEnded, State: ferry.JobDone})
		},
	})
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	e.Out = writerFunc(func(p []byte) (int, error) {
		cancel()
		return len(p), nil
	})
	e.Environ = os.Environ()
	args := []string{"run", "hadoop", "--progress", "quiet", "--", "sh", "-c", "echo at work; exec sleep 600"}
	if code := Main(ctx, e.Env, args); code != 130 {
		t.Errorf("exit code %d: %s", code, e.talk.String())
	}
	if diff := cmp.Diff([]string{"sa-1"}, removed); diff != "" {
		t.Error(diff)
	}
}

func TestAddressesForNames(t *testing.T) {
	node := func(name, address string) ferry.Node {
		return ferry.Node{NodeBlueprint: ferry.NodeBlueprint{Name: name}, Address: address}
	}
	nodes := []ferry.Node{node("gluster1", "10.0.0.2"), node("gluster10", "10.0.0.11"), node("gluster", "10.0.0.1"), node("new", "")}
	for value, want := range map[string]string{
		"":                                "",
		"gluster1":                        "10.0.0.2",
		"gluster10:/gv0":                  "10.0.0.11:/gv0",
		"hdfs://gluster1:9000/gluster1":   "hdfs://10.0.0.2:9000/gluster1",
		"gluster1,gluster10":              "10.0.0.2,10.0.0.11",
		"gluster1.example.org my-gluster": "gluster1.example.org my-gluster",
		"new":                             "new",
	} {
		if got := withAddresses(value, nodes); got != want {
			t.Errorf("%q: got %q, want %q", value, got, want)
		}
	}
}
