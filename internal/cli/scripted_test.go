package cli

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"strings"
	"sync"

	"github.com/ferry-project/ferry"
	"github.com/ferry-project/ferry/internal/api"
	"github.com/ferry-project/ferry/internal/api/apitest"
	"github.com/ferry-project/ferry/internal/cli/archive"
)

// scripted is a server played from files of a test script: api/VERB.json is what
// a verb returns, api/VERB.error.json what it fails with, api/events.jsonl what is
// reported of a job, and node/ is the file system of every node. Every call that
// matters is written to calls, a line each.
type scripted struct {
	dir       string
	interrupt func() // the first Ctrl-C
	leave     func() // the second
	mu        sync.Mutex
	cancelled chan struct{}
}

// call notes a call and plays its error, if there is one.
func (s *scripted) call(verb string, args ...any) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	var line bytes.Buffer
	line.WriteString(verb)
	for _, a := range args {
		line.WriteByte(' ')
		enc := json.NewEncoder(&line)
		enc.SetEscapeHTML(false)
		if err := enc.Encode(a); err != nil {
			return err
		}
		line.Truncate(line.Len() - 1)
	}
	f, err := os.OpenFile(filepath.Join(s.dir, "calls"), os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	defer f.Close()
	if _, err := fmt.Fprintln(f, line.String()); err != nil {
		return err
	}
	var e ferry.Error
	if s.read(verb+".error", &e) {
		return &e
	}
	return nil
}

// read decodes an answer into v, if there is one.
func (s *scripted) read(name string, v any) bool {
	text, err := os.ReadFile(filepath.Join(s.dir, "api", name+".json"))
	if err != nil {
		return false
	}
	if err := json.Unmarshal(text, v); err != nil {
		panic(fmt.Sprintf("%s.json: %v", name, err))
	}
	return true
}

// answer plays a verb that takes nothing of interest and returns a T.
func answer[T any](s *scripted, verb string, args ...any) (T, error) {
	var v T
	err := s.call(verb, args...)
	if err == nil {
		s.read(verb, &v)
	}
	return v, err
}

func (s *scripted) job(kind ferry.JobKind, verb string, args ...any) (ferry.Job, error) {
	j := ferry.Job{ID: "jo-1", Kind: kind, State: ferry.JobRunning, Stack: "sa-1f3c"}
	err := s.call(verb, args...)
	if err == nil {
		s.read(verb, &j)
	}
	return j, err
}

// ferry is the API of it.
func (s *scripted) ferry() *apitest.Ferry {
	f := &apitest.Ferry{}
	s.playStacks(f)
	s.playJobs(f)
	s.playInside(f)
	s.playImages(f)
	s.playSnapshots(f)
	f.AppsFunc = func(context.Context) ([]api.App, error) { return answer[[]api.App](s, "apps") }
	f.SchemaFunc = func(context.Context) ([]byte, error) { return []byte(`{"type": "object"}` + "\n"), s.call("schema") }
	f.VersionFunc = func(context.Context) (api.Version, error) { return answer[api.Version](s, "version") }
	f.QuitFunc = func(context.Context) error { return s.call("quit") }
	f.DoctorFunc = func(_ context.Context, fix bool, progress func(string) error) ([]api.Check, error) {
		if err := progress("looking at the engine"); err != nil {
			return nil, err
		}
		return answer[[]api.Check](s, "doctor", fix)
	}
	return f
}

func (s *scripted) playStacks(f *apitest.Ferry) {
	f.StartFunc = func(_ context.Context, r api.StartRequest) (ferry.Job, error) {
		return s.job(ferry.StartJob, "start", request(r))
	}
	f.StopFunc = func(_ context.Context, ref string) (ferry.Job, error) { return s.job(ferry.StopJob, "stop", ref) }
	f.TestFunc = func(_ context.Context, ref string) (ferry.Job, error) { return s.job(ferry.TestJob, "test", ref) }
	f.RemoveFunc = func(_ context.Context, ref string, force bool) (ferry.Job, error) {
		return s.job(ferry.RemoveJob, "rm", ref, force)
	}
	f.HoldFunc = func(ctx context.Context, ref string, held func() error) error {
		if err := s.call("hold", ref); err != nil {
			return err
		}
		<-ctx.Done()
		return ctx.Err()
	}
	f.BundleFunc = func(_ context.Context, ref string, w io.Writer) error {
		fmt.Fprint(w, "PK of "+ref)
		return s.call("bundle", ref)
	}
	f.ReleaseFunc = func(_ context.Context, ref string) error { return s.call("release", ref) }
	f.ListFunc = func(_ context.Context, all bool) ([]ferry.Stack, error) { return answer[[]ferry.Stack](s, "ps", all) }
	f.InspectFunc = func(_ context.Context, ref string) (api.Detail, error) { return answer[api.Detail](s, "inspect", ref) }
	f.AdoptFunc = func(context.Context) ([]ferry.Stack, error) { return answer[[]ferry.Stack](s, "adopt") }
	f.QuestionsFunc = func(_ context.Context, r api.Source) ([]ferry.Question, error) {
		return answer[[]ferry.Question](s, "questions", r.Target)
	}
	f.PlanFunc = func(_ context.Context, r api.Source) (api.Proposal, error) {
		return answer[api.Proposal](s, "plan", request(api.StartRequest{Source: r}))
	}
}

// request makes a text readable in calls.
func request(r api.StartRequest) any {
	return struct {
		api.StartRequest
		Text string `json:"text,omitempty"`
	}{r, string(r.Text)}
}

func (s *scripted) playJobs(f *apitest.Ferry) {
	f.JobFunc = func(_ context.Context, id string) (ferry.Job, error) { return answer[ferry.Job](s, "job", id) }
	f.CancelFunc = func(_ context.Context, id string) error {
		defer close(s.cancelled)
		return s.call("cancel", id)
	}
	f.FollowFunc = func(ctx context.Context, job string, after int64, do func(ferry.Event) error) error {
		if err := s.call("follow", job, after); err != nil {
			return err
		}
		return s.tell(ctx, do)
	}
}

// tell plays api/events.jsonl. A line "interrupt" is the user's Ctrl-C, after
// which the job is found cancelled; "leave" is the second one.
func (s *scripted) tell(ctx context.Context, do func(ferry.Event) error) error {
	f, err := os.Open(filepath.Join(s.dir, "api", "events.jsonl"))
	if errors.Is(err, fs.ErrNotExist) {
		return do(ferry.Event{Kind: ferry.JobEnded, State: ferry.JobDone, Time: fixedNow})
	}
	if err != nil {
		return err
	}
	defer f.Close()
	lines := bufio.NewScanner(f)
	for lines.Scan() {
		switch line := lines.Text(); line {
		case "":
		case "interrupt":
			s.interrupt()
			select {
			case <-s.cancelled:
			case <-ctx.Done():
				return ctx.Err()
			}
		case "leave":
			s.leave()
			<-ctx.Done()
			return ctx.Err()
		default:
			var e ferry.Event
			if err := json.Unmarshal([]byte(line), &e); err != nil {
				panic(err)
			}
			if err := do(e); err != nil {
				return err
			}
		}
	}
	return lines.Err()
}

func (s *scripted) playInside(f *apitest.Ferry) {
	f.ExecFunc = func(_ context.Context, ref string, e api.ExecRequest, st api.Streams) (int, error) {
		var result struct {
			Code     int
			Out, Err string
		}
		if err := s.call("exec", ref, e); err != nil {
			return 0, err
		}
		s.read("exec", &result)
		if st.In != nil {
			if _, err := io.Copy(st.Out, st.In); err != nil {
				return 0, err
			}
		}
		fmt.Fprint(st.Out, result.Out)
		fmt.Fprint(st.Err, result.Err)
		return result.Code, nil
	}
	f.CopyToFunc = func(_ context.Context, ref, node, dst string, tar io.Reader) error {
		if err := s.call("copy-to", ref, node, dst); err != nil {
			return err
		}
		return untar(tar, filepath.Join(s.dir, "node", dst))
	}
	f.CopyFromFunc = func(_ context.Context, ref, node, src string) (io.ReadCloser, error) {
		if err := s.call("copy-from", ref, node, src); err != nil {
			return nil, err
		}
		if f, err := os.Open(filepath.Join(s.dir, "answer.tar")); err == nil { // of a node that lies
			return f, nil
		}
		file := filepath.Join(s.dir, "node", src)
		if _, err := os.Lstat(file); err != nil {
			return nil, ferry.Errorf(ferry.NotFound, "%s has no %s", node, src)
		}
		return archive.Source{Path: file, Name: path.Base(src)}.Stream(), nil
	}
	f.LogsFunc = func(_ context.Context, ref string, l api.LogsRequest, w io.Writer) error {
		fmt.Fprintln(w, "gluster0 | ready")
		return s.call("logs", ref, l)
	}
}

// untar is what a node does with a tar that Ferry made.
func untar(r io.Reader, folder string) error {
	cmd := exec.Command("tar", "-x", "-f", "-", "-C", folder)
	cmd.Stdin, cmd.Stderr = r, os.Stderr
	return cmd.Run()
}

func (s *scripted) playImages(f *apitest.Ferry) {
	f.ImagesFunc = func(context.Context) ([]api.Image, error) { return answer[[]api.Image](s, "images") }
	f.BuildFunc = func(_ context.Context, recipes []string) (ferry.Job, error) {
		j, err := s.job(ferry.BuildJob, "build", recipes)
		j.Stack = ""
		return j, err
	}
	f.BuildConnectorFunc = func(_ context.Context, name string, tar io.Reader, progress func(string) error) (string, error) {
		if err := progress("Step 1/1 : FROM ferry/mpi-client"); err != nil {
			return "", err
		}
		built := filepath.Join(s.dir, "built")
		if err := os.MkdirAll(built, 0o755); err != nil {
			return "", err
		}
		if err := untar(tar, built); err != nil {
			return "", err
		}
		return "ferry-user/" + name + ":1", s.call("build-connector", name)
	}
	f.RemoveImagesFunc = func(_ context.Context, names []string) ([]string, error) {
		return answer[[]string](s, "rmi", strings.Join(names, " "))
	}
}
