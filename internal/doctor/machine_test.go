package doctor

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/ferry-project/ferry/internal/engine/endpoint"
)

func TestCommandsRun(t *testing.T) {
	out, err := commands{}.Run(t.Context(), []string{"WORD=hello"}, "sh", "-c", `echo "$WORD"; echo there >&2; exit 3`)
	if out != "hello\nthere\n" || err == nil || err.Error() != "exit status 3" {
		t.Errorf("got %q, %v", out, err)
	}
	if _, err := (commands{}).Run(t.Context(), nil, "/no/such/program"); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("got %v", err)
	}
}

func TestCommandsRunEndsGently(t *testing.T) {
	ctx, cancel := context.WithTimeout(t.Context(), 300*time.Millisecond)
	defer cancel()
	out, err := commands{}.Run(ctx, nil, "sh", "-c", `trap 'echo gently; exit 0' TERM; while :; do sleep 0.05; done`)
	if out != "gently\n" || err == nil {
		t.Errorf("got %q, %v", out, err)
	}
}

func TestCommandsDetach(t *testing.T) {
	log := filepath.Join(t.TempDir(), "log", "x.log")
	for _, word := range []string{"one", "two"} {
		// A process that leads its session has its own number as the session's.
		ended, err := commands{}.Detach(log, []string{"WORD=" + word}, "sh", "-c",
			`set -- $(cat /proc/$$/stat); [ "$6" = $$ ] && echo "$WORD leads"; echo error >&2; exit 4`)
		if err != nil {
			t.Fatal(err)
		}
		if how := <-ended; how == nil || how.Error() != "exit status 4" {
			t.Errorf("ended with %v", how)
		}
	}
	text, err := os.ReadFile(log)
	if string(text) != "one leads\nerror\ntwo leads\nerror\n" || err != nil {
		t.Errorf("the log has %q, %v", text, err)
	}
	if info, err := os.Stat(log); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("the log: %v, %v", info, err)
	}
	if _, err := (commands{}).Detach(log, nil, "/no/such/program"); err == nil {
		t.Error("a program that is not there was started")
	}
}

func TestAsk(t *testing.T) {
	for _, c := range []struct {
		name   string
		status int
		date   string
		want   time.Time
		ok     bool
	}{
		{"wants a login", 401, "Sun, 22 Nov 2026 12:00:00 GMT", today, true},
		{"without a date", 200, "soon", time.Time{}, true},
		{"sick", 503, "", time.Time{}, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
				w.Header().Set("Date", c.date)
				w.WriteHeader(c.status)
			}))
			defer s.Close()
			got, err := ask(t.Context(), s.URL)
			if !got.Equal(c.want) || (err == nil) != c.ok {
				t.Errorf("got %v, %v", got, err)
			}
		})
	}
	if _, err := ask(t.Context(), "http://127.0.0.1:1/"); err == nil {
		t.Error("nobody answered, and it was taken for an answer")
	}
}

// On whatever Linux the tests run: the checks answer, and nothing is touched.
func TestThisMachine(t *testing.T) {
	d := New(t.TempDir(), endpoint.Endpoint{}, healthy())
	d.Machine.Commands = nil // a command would panic
	d.Machine.Registry = func(context.Context) (time.Time, error) { return time.Time{}, nil }
	all, _ := run(t, d, false)
	for _, name := range []string{"disk of Ferry", "memory", "clock"} {
		if c := find(t, all, name); strings.Contains(c.Found, "not known") || c.Found == "" {
			t.Errorf("got %+v", c)
		}
	}
}
