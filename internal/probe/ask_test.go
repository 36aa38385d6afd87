package probe

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/ferry-project/ferry"
	"github.com/ferry-project/ferry/internal/engine"
)

func hang(ctx context.Context, _ engine.Exec) (int, error) {
	<-ctx.Done()
	return -1, ctx.Err()
}

// serve answers one request with the raw text; want is checked against the request line.
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

func silent() (net.Conn, error) {
	here, _ := net.Pipe()
	return here, nil
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
			synctest.Test(t, func(t *testing.T) {
				p := probe(ferry.HTTPProbe)
				p.Expect, p.Deadline = c.expect, time.Second
				err := await(t.Context(), t, &target{dials: []func() (net.Conn, error){serve(t, c.raw)}}, p, Options{})
				if c.answer == "" && err != nil {
					t.Error(err)
				}
				if c.answer != "" {
					failed(t, err, ErrDeadline, c.answer)
				}
			})
		})
	}
}

func TestHTTPThatHangsIsAskedAnew(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		to := &target{dials: []func() (net.Conn, error){silent, serve(t, answering("200 OK", ""))}}
		start := time.Now()
		if err := await(t.Context(), t, to, probe(ferry.HTTPProbe), Options{}); err != nil {
			t.Fatal(err)
		}
		if took := time.Since(start); took != oneTry+25*time.Millisecond {
			t.Errorf("took %s", took)
		}
	})
}

func exits(code int, out string) func(context.Context, engine.Exec) (int, error) {
	return func(_ context.Context, e engine.Exec) (int, error) {
		_, err := io.WriteString(e.Stdout, out)
		return code, err
	}
}

func TestExecThatWaitsInsideNeedsOneExec(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		to := &target{execs: []func(context.Context, engine.Exec) (int, error){
			func(ctx context.Context, e engine.Exec) (int, error) {
				if !slices.Equal(e.Command, []string{"wait-for-it"}) || e.User != "hdfs" {
					t.Errorf("ran %v as %q", e.Command, e.User)
				}
				return 0, pause(ctx, time.Minute)
			},
		}}
		if err := await(t.Context(), t, to, probe(ferry.ExecProbe), Options{}); err != nil {
			t.Fatal(err)
		}
		if len(to.tries) != 1 {
			t.Errorf("%d execs, want 1", len(to.tries))
		}
	})
}

func TestExecThatGivesUpIsRunAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		no := exits(1, "not yet")
		to := &target{execs: []func(context.Context, engine.Exec) (int, error){no, no, no, no, no, no, exits(0, "")}}
		start := time.Now()
		if err := await(t.Context(), t, to, probe(ferry.ExecProbe), Options{}); err != nil {
			t.Fatal(err)
		}
		var at []int64
		for _, try := range to.tries {
			at = append(at, try.Sub(start).Milliseconds())
		}
		if want := []int64{0, 100, 300, 700, 1500, 2500, 3500}; !slices.Equal(at, want) {
			t.Errorf("tried at %v ms, want %v", at, want)
		}
	})
}

func TestExecAnswers(t *testing.T) {
	for name, c := range map[string]struct {
		exec func(context.Context, engine.Exec) (int, error)
		want string
	}{
		"last line":    {exits(1, "first\nUN 2 of 3\n\n"), "UN 2 of 3"},
		"no newline":   {exits(1, "first\nsecond"), "second"},
		"no output":    {exits(7, ""), "exit code 7"},
		"engine fault": {func(context.Context, engine.Exec) (int, error) { return -1, errors.New("not running") }, "not running"},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				to := &target{execs: []func(context.Context, engine.Exec) (int, error){c.exec}}
				failed(t, await(t.Context(), t, to, probe(ferry.ExecProbe), Options{}), ErrDeadline, "answer was: "+c.want)
			})
		})
	}
}

func TestWaitingHearsTheLatestAnswerTwiceASecond(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		chatty := func(ctx context.Context, e engine.Exec) (int, error) {
			for i := range 20 {
				_, _ = fmt.Fprintf(e.Stderr, "%d of 20\n", i)
				if err := pause(ctx, 90*time.Millisecond); err != nil {
					return -1, err
				}
			}
			return 0, nil
		}
		var heard []string
		to := &target{execs: []func(context.Context, engine.Exec) (int, error){chatty}}
		o := Options{Waiting: func(answer string) { heard = append(heard, answer) }}
		if err := await(t.Context(), t, to, probe(ferry.ExecProbe), o); err != nil {
			t.Fatal(err)
		}
		if want := []string{"5 of 20", "11 of 20", "16 of 20"}; !slices.Equal(heard, want) {
			t.Errorf("heard %q, want %q", heard, want)
		}
	})
}

func TestCommandWithoutNewlinesDoesNotFillTheMemory(t *testing.T) {
	most := 0
	w := newSpoken(func(line string) { most = max(most, len(line)) })
	for range 1000 {
		_, _ = io.WriteString(w, strings.Repeat("x", 100))
	}
	if most < longestLine || most > longestLine+100 {
		t.Errorf("kept %d bytes, want about %d", most, longestLine)
	}
}

func pause(ctx context.Context, d time.Duration) error {
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-time.After(d):
		return nil
	}
}
