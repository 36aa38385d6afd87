package client_test

import (
	"context"
	"errors"
	"io"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/ferry-project/ferry"
	"github.com/ferry-project/ferry/internal/api"
	"github.com/ferry-project/ferry/internal/api/apitest"
)

var (
	moment = time.Date(2026, 5, 4, 3, 2, 1, 987654321, time.UTC)
	job    = ferry.Job{ID: "jo-7", Kind: ferry.StartJob, Stack: "sa-1", State: ferry.JobRunning, Start: moment, Retain: true}
	stack  = ferry.Stack{
		ID: "sa-1", Name: "räder", Application: "hadoop", Status: ferry.Degraded, Created: moment, Changed: moment,
		Problems: []string{"node b is down"},
		Services: []ferry.ServiceView{{ID: "se-1", Class: ferry.Storage, Personality: "gluster", Nodes: []ferry.NodeView{
			{Name: "gluster0", Address: "10.0.0.2", State: "running", Ports: []ferry.Port{{Container: 80, Host: 8080}}},
		}}},
	}
	source = api.Source{
		Target: "app.yaml", Text: []byte("backend:\n- <&>\x00\xff"),
		Answers: map[string]string{"n": "3"}, Set: map[string]string{"backend[0].storage.instances": "3"}, NoClient: true,
	}
	plan = ferry.Plan{
		Format: 1, Stack: "sa-1", Application: ferry.Application{Name: "x", Backends: []ferry.Backend{{Storage: ferry.Service{Path: "backend[0].storage"}}}},
		Network: ferry.Network{Name: "n"}, Images: []ferry.ImageRef{{Recipe: "base", Ref: "ferry/base:1"}},
		Services: []ferry.Planned{{ID: "se-1", Nodes: []string{"gluster0"}, Export: ferry.Export{Layers: []ferry.Export{{Service: "se-2"}}}}},
		Nodes:    []ferry.Node{{NodeBlueprint: ferry.NodeBlueprint{Name: "gluster0", Image: "gluster", StopGrace: time.Second}, Ref: "r"}},
	}
	proposal = api.Proposal{Plan: plan, Ops: []ferry.Op{{ID: "start gluster0", Do: ferry.StartNode, Host: ferry.LocalHost, Why: "because"}}}
)

// round is one method: want is returned by the server's side, which got asked.
type round struct {
	name  string
	want  any
	asked []any
	ask   func(ctx context.Context, f api.Ferry) (any, error)
	play  func(f *apitest.Ferry, told *[]any)
}

// lines collects progress.
type lines []string

func (l *lines) add(s string) error { *l = append(*l, s); return nil }

func stackRounds() []round {
	const ref = "a/b?c d%20ü"
	start := api.StartRequest{Source: source, Name: "räder", Retain: true}
	return []round{
		{
			"start", job,
			[]any{start},
			func(ctx context.Context, f api.Ferry) (any, error) { return f.Start(ctx, start) },
			func(f *apitest.Ferry, told *[]any) {
				f.StartFunc = func(_ context.Context, r api.StartRequest) (ferry.Job, error) {
					*told = []any{r}
					return job, nil
				}
			},
		},
		{
			"stop", job,
			[]any{ref},
			func(ctx context.Context, f api.Ferry) (any, error) { return f.Stop(ctx, ref) },
			func(f *apitest.Ferry, told *[]any) {
				f.StopFunc = func(_ context.Context, ref string) (ferry.Job, error) { *told = []any{ref}; return job, nil }
			},
		},
		{
			"remove", job,
			[]any{ref, true},
			func(ctx context.Context, f api.Ferry) (any, error) { return f.Remove(ctx, ref, true) },
			func(f *apitest.Ferry, told *[]any) {
				f.RemoveFunc = func(_ context.Context, ref string, force bool) (ferry.Job, error) {
					*told = []any{ref, force}
					return job, nil
				}
			},
		},
		{
			"test", job,
			[]any{ref},
			func(ctx context.Context, f api.Ferry) (any, error) { return f.Test(ctx, ref) },
			func(f *apitest.Ferry, told *[]any) {
				f.TestFunc = func(_ context.Context, ref string) (ferry.Job, error) { *told = []any{ref}; return job, nil }
			},
		},
		{
			"list",
			[]ferry.Stack{stack},
			[]any{true},
			func(ctx context.Context, f api.Ferry) (any, error) { return f.List(ctx, true) },
			func(f *apitest.Ferry, told *[]any) {
				f.ListFunc = func(_ context.Context, all bool) ([]ferry.Stack, error) {
					*told = []any{all}
					return []ferry.Stack{stack}, nil
				}
			},
		},
		{
			"list nothing",
			[]ferry.Stack{},
			[]any{false},
			func(ctx context.Context, f api.Ferry) (any, error) { return f.List(ctx, false) },
			func(f *apitest.Ferry, told *[]any) {
				f.ListFunc = func(_ context.Context, all bool) ([]ferry.Stack, error) { *told = []any{all}; return nil, nil }
			},
		},
		{
			"inspect",
			api.Detail{Stack: stack, Plan: plan},
			[]any{ref},
			func(ctx context.Context, f api.Ferry) (any, error) { return f.Inspect(ctx, ref) },
			func(f *apitest.Ferry, told *[]any) {
				f.InspectFunc = func(_ context.Context, ref string) (api.Detail, error) {
					*told = []any{ref}
					return api.Detail{Stack: stack, Plan: plan}, nil
				}
			},
		},
		{
			"adopt",
			[]ferry.Stack{stack},
			nil, func(ctx context.Context, f api.Ferry) (any, error) { return f.Adopt(ctx) },
			func(f *apitest.Ferry, _ *[]any) {
				f.AdoptFunc = func(context.Context) ([]ferry.Stack, error) { return []ferry.Stack{stack}, nil }
			},
		},
	}
}

func jobRounds() []round {
	three := 3
	questions := []ferry.Question{{Question: "How many?", Param: "n", Minimum: &three, Default: "3"}}
	failed := ferry.Job{ID: "jo-8", State: ferry.JobFailed, End: moment, Error: &ferry.Error{Code: ferry.Failed, Message: "no", Output: "trace"}}
	return []round{
		{
			"questions", questions,
			[]any{source},
			func(ctx context.Context, f api.Ferry) (any, error) { return f.Questions(ctx, source) },
			func(f *apitest.Ferry, told *[]any) {
				f.QuestionsFunc = func(_ context.Context, s api.Source) ([]ferry.Question, error) {
					*told = []any{s}
					return questions, nil
				}
			},
		},
		{
			"plan", proposal,
			[]any{source},
			func(ctx context.Context, f api.Ferry) (any, error) { return f.Plan(ctx, source) },
			func(f *apitest.Ferry, told *[]any) {
				f.PlanFunc = func(_ context.Context, s api.Source) (api.Proposal, error) {
					*told = []any{s}
					return proposal, nil
				}
			},
		},
		{
			"job", failed,
			[]any{"jo-8"},
			func(ctx context.Context, f api.Ferry) (any, error) { return f.Job(ctx, "jo-8") },
			func(f *apitest.Ferry, told *[]any) {
				f.JobFunc = func(_ context.Context, id string) (ferry.Job, error) { *told = []any{id}; return failed, nil }
			},
		},
		{
			"cancel", nil,
			[]any{"jo-8"},
			func(ctx context.Context, f api.Ferry) (any, error) { return nil, f.Cancel(ctx, "jo-8") },
			func(f *apitest.Ferry, told *[]any) {
				f.CancelFunc = func(_ context.Context, id string) error { *told = []any{id}; return nil }
			},
		},
		{
			"quit", nil,
			[]any{"quit"},
			func(ctx context.Context, f api.Ferry) (any, error) { return nil, f.Quit(ctx) },
			func(f *apitest.Ferry, told *[]any) {
				f.QuitFunc = func(context.Context) error { *told = []any{"quit"}; return nil }
			},
		},
	}
}

func imageRounds() []round {
	images := []api.Image{{Recipe: "base", Ref: "ferry/base:1", Built: true, Size: 1 << 40, Created: moment, UsedBy: []string{"sa-1"}}}
	names := []string{"ferry/a:1", "b,c"}
	folder := strings.Repeat("tar", 1<<20) // more than is read ahead of an answer
	return []round{
		{
			"images", images, nil, func(ctx context.Context, f api.Ferry) (any, error) { return f.Images(ctx) },
			func(f *apitest.Ferry, _ *[]any) {
				f.ImagesFunc = func(context.Context) ([]api.Image, error) { return images, nil }
			},
		},
		{
			"build", job,
			[]any{names},
			func(ctx context.Context, f api.Ferry) (any, error) { return f.Build(ctx, names) },
			func(f *apitest.Ferry, told *[]any) {
				f.BuildFunc = func(_ context.Context, r []string) (ferry.Job, error) { *told = []any{r}; return job, nil }
			},
		},
		{
			"build all", job,
			[]any{[]string(nil)},
			func(ctx context.Context, f api.Ferry) (any, error) { return f.Build(ctx, nil) },
			func(f *apitest.Ferry, told *[]any) {
				f.BuildFunc = func(_ context.Context, r []string) (ferry.Job, error) { *told = []any{r}; return job, nil }
			},
		},
		{
			"remove images", names,
			[]any{names},
			func(ctx context.Context, f api.Ferry) (any, error) { return f.RemoveImages(ctx, names) },
			func(f *apitest.Ferry, told *[]any) {
				f.RemoveImagesFunc = func(_ context.Context, n []string) ([]string, error) { *told = []any{n}; return n, nil }
			},
		},
		{
			"build connector",
			[]any{"ferry/mine:1", lines{"one", ""}},
			[]any{"mine & co", folder},
			func(ctx context.Context, f api.Ferry) (any, error) {
				var got lines
				ref, err := f.BuildConnector(ctx, "mine & co", strings.NewReader(folder), got.add)
				return []any{ref, got}, err
			},
			func(f *apitest.Ferry, told *[]any) {
				f.BuildConnectorFunc = func(_ context.Context, name string, tar io.Reader, progress func(string) error) (string, error) {
					early := progress("one") // before the tar was read
					b, err := io.ReadAll(tar)
					*told = []any{name, string(b)}
					return "ferry/mine:1", errors.Join(early, err, progress(""))
				}
			},
		},
	}
}

func systemRounds() []round {
	apps := []api.App{{Name: "hadoop", Metadata: ferry.Metadata{Author: "me"}, Text: "backend:"}}
	version := api.Version{Ferry: "1.2", Go: "go1.26", PID: 7, MemoryRSS: 1 << 33, Home: "/root/.ferry"}
	found := []api.Check{{Name: "engine", OK: true, Found: "yes"}, {Name: "disk", Hint: "buy one", Fixed: true}}
	return []round{
		{
			"apps", apps, nil, func(ctx context.Context, f api.Ferry) (any, error) { return f.Apps(ctx) },
			func(f *apitest.Ferry, _ *[]any) {
				f.AppsFunc = func(context.Context) ([]api.App, error) { return apps, nil }
			},
		},
		{
			"schema", []byte(`{ "type":"object" }`), nil, func(ctx context.Context, f api.Ferry) (any, error) { return f.Schema(ctx) },
			func(f *apitest.Ferry, _ *[]any) {
				f.SchemaFunc = func(context.Context) ([]byte, error) { return []byte(`{ "type":"object" }`), nil }
			},
		},
		{
			"version", version, nil, func(ctx context.Context, f api.Ferry) (any, error) { return f.Version(ctx) },
			func(f *apitest.Ferry, _ *[]any) {
				f.VersionFunc = func(context.Context) (api.Version, error) { return version, nil }
			},
		},
		{
			"doctor",
			[]any{found, lines{"looking", "<mended>"}},
			[]any{true},
			func(ctx context.Context, f api.Ferry) (any, error) {
				var got lines
				c, err := f.Doctor(ctx, true, got.add)
				return []any{c, got}, err
			},
			func(f *apitest.Ferry, told *[]any) {
				f.DoctorFunc = func(_ context.Context, fix bool, progress func(string) error) ([]api.Check, error) {
					*told = []any{fix}
					return found, errors.Join(progress("looking"), progress("<mended>"))
				}
			},
		},
		{
			"doctor finds nothing",
			[]api.Check{},
			nil, func(ctx context.Context, f api.Ferry) (any, error) { return f.Doctor(ctx, false, nil) },
			func(f *apitest.Ferry, _ *[]any) {
				f.DoctorFunc = func(_ context.Context, _ bool, progress func(string) error) ([]api.Check, error) {
					return []api.Check{}, progress("not heard")
				}
			},
		},
	}
}

func rounds() []round {
	var all []round
	for _, some := range [][]round{stackRounds(), snapshotRounds(), archiveRounds(), jobRounds(), imageRounds(), systemRounds()} {
		all = append(all, some...)
	}
	return all
}

func TestCallsGoRound(t *testing.T) {
	for _, r := range rounds() {
		t.Run(r.name, func(t *testing.T) {
			var told []any
			f := &apitest.Ferry{}
			r.play(f, &told)
			got, err := r.ask(within(t), dial(t, f))
			if err != nil {
				t.Fatal(err)
			}
			if d := cmp.Diff(r.want, got); d != "" {
				t.Errorf("answer (-want +got):\n%s", d)
			}
			if !reflect.DeepEqual(told, r.asked) {
				t.Errorf("the server was asked %#v, want %#v", told, r.asked)
			}
		})
	}
}
