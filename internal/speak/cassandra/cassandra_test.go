package cassandra

import (
	"context"
	"errors"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/cenkalti/backoff/v5"

	"github.com/ferry-project/ferry/internal/script/cql"
	"github.com/ferry-project/ferry/internal/speak"
)

func deadline(t *testing.T) context.Context {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	t.Cleanup(cancel)
	return ctx
}

func quiet(string) {}

// dial is the way to the nodes of a test.
type dial = func(ctx context.Context, node string) (net.Conn, error)

// speakWith has the script's conversation with node a.
func speakWith(ctx context.Context, way dial, s cql.Script, say func(string)) error {
	return Speaker{}.Do(ctx, speak.Peer{Node: "a", Port: 9042, Dial: way}, s.Ask(9042, "").Script, say)
}

func final(err error) bool {
	var never *backoff.PermanentError
	return errors.As(err, &never)
}

var ferryUser = []cql.User{{Name: "ferry", Password: "secret"}}

func TestStatementsAreDoneInOrderAtTheirLevels(t *testing.T) {
	s := &server{password: "secret", answers: map[string]answer{"SELECT": {names: []string{"a"}, rows: [][]string{{"1"}}}}}
	work := cql.Script{Users: ferryUser, Statements: []cql.Statement{
		{Text: "CREATE TABLE t"}, {Text: "INSERT INTO t"}, {Text: "SELECT a FROM t", Consistency: "ALL"}, {Text: "UPDATE t", Consistency: "ONE"},
	}}
	if err := speakWith(deadline(t), s.dial, work, quiet); err != nil {
		t.Fatal(err)
	}
	want := []string{"CREATE TABLE t", "INSERT INTO t", "SELECT a FROM t", "UPDATE t"}
	if strings.Join(s.asked, "|") != strings.Join(want, "|") {
		t.Errorf("asked %q", s.asked)
	}
	for i, level := range []uint16{4, 4, 5, 1} {
		if s.levels[i] != level {
			t.Errorf("%s at level %d, want %d", s.asked[i], s.levels[i], level)
		}
	}
}

func TestLogins(t *testing.T) {
	wrong := cql.User{Name: "cassandra", Password: "cassandra"}
	for name, c := range map[string]struct {
		users []cql.User
		says  string
	}{
		"right":                {ferryUser, ""},
		"wrong":                {[]cql.User{wrong}, "incorrect"},
		"right after wrong":    {append([]cql.User{wrong}, ferryUser...), ""},
		"none where one is to": {nil, "authentication required"},
	} {
		t.Run(name, func(t *testing.T) {
			s := &server{password: "secret"}
			err := speakWith(deadline(t), s.dial, cql.Script{Users: c.users}, quiet)
			if c.says == "" && err != nil || c.says != "" && (err == nil || !strings.Contains(err.Error(), c.says)) {
				t.Errorf("got %v, want %q", err, c.says)
			}
			if err != nil && strings.Contains(err.Error(), "cassandra:cassandra") {
				t.Errorf("the error has the password: %v", err)
			}
		})
	}
}

func TestFailures(t *testing.T) {
	for name, c := range map[string]struct {
		answer   answer
		says     string
		hopeless bool
	}{
		"a SELECT without a row": {answer{names: []string{"a"}}, "SELECT a FROM: no row", false},
		"a node is away":         {answer{code: 0x1001}, "SELECT a FROM", false},
		"no such statement":      {answer{code: 0x2000}, "SELECT a FROM", true},
		"not yet known":          {answer{code: 0x2200}, "SELECT a FROM", false},
	} {
		t.Run(name, func(t *testing.T) {
			s := &server{answers: map[string]answer{"SELECT a": c.answer}}
			err := speakWith(deadline(t), s.dial, cql.Script{Statements: []cql.Statement{{Text: "SELECT a FROM t WHERE p = 'secret'"}}}, quiet)
			if err == nil || !strings.Contains(err.Error(), c.says) || strings.Contains(err.Error(), "secret") {
				t.Errorf("got %v, want %q", err, c.says)
			}
			if final(err) != c.hopeless {
				t.Errorf("hopeless %v: %v", final(err), err)
			}
		})
	}
}

func TestWaitsForTheRing(t *testing.T) {
	ring := func(rows ...[]string) answer {
		return answer{names: []string{"status_with_port", "schema"}, rows: rows}
	}
	s := &server{answers: map[string]answer{"SELECT status_with_port": ring([]string{"NORMAL,1", "a"}, []string{"BOOT,2", "a"})}}
	set := func(a answer) {
		s.mu.Lock()
		defer s.mu.Unlock()
		s.answers["SELECT status_with_port"] = a
	}
	var said []string
	say := func(text string) {
		if len(said) > 0 && said[len(said)-1] == text {
			return
		}
		said = append(said, text)
		switch len(said) {
		case 1:
			set(ring([]string{"NORMAL,1", "a"}, []string{"NORMAL,2", "b"}))
		case 2:
			set(ring([]string{"NORMAL,1", "b"}, []string{"NORMAL,2", "b"}))
		}
	}
	if err := speakWith(deadline(t), s.dial, cql.Script{Ring: 2}, say); err != nil {
		t.Fatal(err)
	}
	if got := strings.Join(said, "; "); got != "it sees 1 of 2 nodes in the ring; 2 versions of the schema" {
		t.Error(got)
	}
}

func TestWaitsUntilTheSchemaIsEverywhere(t *testing.T) {
	version := func(v string) *server {
		return &server{answers: map[string]answer{"SELECT schema_version": {names: []string{"schema_version"}, rows: [][]string{{v}}}}}
	}
	a, b := version("1"), version("2")
	say := func(string) {
		b.mu.Lock()
		defer b.mu.Unlock()
		b.answers["SELECT schema_version"] = answer{names: []string{"schema_version"}, rows: [][]string{{"1"}}}
	}
	both := dial(func(ctx context.Context, node string) (net.Conn, error) {
		if node == "b" {
			return b.dial(ctx, node)
		}
		return a.dial(ctx, node)
	})
	if err := speakWith(deadline(t), both, cql.Script{Agree: []string{"a", "b"}}, say); err != nil {
		t.Fatal(err)
	}
	if len(b.asked) < 2 {
		t.Errorf("b was asked %d times", len(b.asked))
	}
}

func TestEndsWithItsContext(t *testing.T) {
	ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
	defer cancel()
	begin := time.Now()
	if err := speakWith(ctx, silent(t), cql.Script{}, quiet); err == nil {
		t.Error("a silent node was spoken with")
	}
	if took := time.Since(begin); took > 5*time.Second {
		t.Errorf("it took %s", took)
	}
}

func TestNobodyThere(t *testing.T) {
	err := speakWith(deadline(t), closed, cql.Script{Users: ferryUser}, quiet)
	if err == nil || !strings.Contains(err.Error(), "connection refused") || final(err) {
		t.Error(err)
	}
	if errors.Is(err, context.DeadlineExceeded) {
		t.Error("it waited for a port that refuses")
	}
}

// The driver's own mending could hang its session's end forever, and what panics in
// its goroutines ends the program.
func TestALostConnectionIsNotMended(t *testing.T) {
	s := &server{}
	dials := 0
	way := toward(t.Context(), speak.Peer{Dial: func(ctx context.Context, node string) (net.Conn, error) {
		dials++
		return s.dial(ctx, node)
	}})
	var first net.Conn
	for range 2 { // the driver's own, and the one for statements
		conn, err := way(t.Context(), "tcp", "127.0.0.1:9042")
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = conn.Close() })
		first = conn
	}
	if err := first.Close(); err != nil {
		t.Error(err)
	}
	if _, err := way(t.Context(), "tcp", "127.0.0.1:9042"); !errors.Is(err, errLost) || dials != 2 {
		t.Errorf("%v after %d connections", err, dials)
	}
}

// A node that dies under a session ends the try soon, and with an error.
func TestANodeThatDies(t *testing.T) {
	s := &server{answers: map[string]answer{"SELECT a": {names: []string{"a"}, rows: [][]string{{"1"}}}}}
	conns := make(chan net.Conn, 100)
	dial := func(ctx context.Context, node string) (net.Conn, error) {
		conn, err := s.dial(ctx, node)
		conns <- conn
		return conn, err
	}
	s.hear = func(statement string) {
		if !strings.HasPrefix(statement, "SELECT a") {
			return
		}
		for range 2 {
			_ = (<-conns).Close()
		}
	}
	begin := time.Now()
	if err := speakWith(deadline(t), dial, cql.Script{Statements: []cql.Statement{{Text: "SELECT a FROM t"}}}, quiet); err == nil {
		t.Error("a dead node has answered")
	}
	if took := time.Since(begin); took > oneTry || len(conns) > 0 {
		t.Errorf("it took %s, and %d connections more", took, len(conns))
	}
}
