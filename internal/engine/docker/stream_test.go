package docker

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"

	"github.com/moby/moby/api/types/jsonstream"
)

func messages(t *testing.T, ms ...jsonstream.Message) io.ReadCloser {
	t.Helper()
	var b strings.Builder
	for _, m := range ms {
		if err := json.NewEncoder(&b).Encode(m); err != nil {
			t.Fatal(err)
		}
	}
	return io.NopCloser(strings.NewReader(b.String()))
}

func TestFollowCutsLines(t *testing.T) {
	var lines []string
	err := follow(t.Context(), messages(t,
		jsonstream.Message{Stream: "Step 1/2 : FROM x\n"}, jsonstream.Message{Stream: "half "}, jsonstream.Message{Stream: "and half\n\n"},
		jsonstream.Message{Stream: "\x1b[91mred\x1b[0m\n10%\r50%\r100%\r\n"}, jsonstream.Message{Status: "pulling"}, jsonstream.Message{Stream: "no end"},
	), func(l string) { lines = append(lines, l) })
	want := []string{"Step 1/2 : FROM x", "half and half", "red", "100%", "no end"}
	if err != nil || !slices.Equal(lines, want) {
		t.Fatalf("%q, %v, want %q", lines, err, want)
	}
}

func TestFollowFails(t *testing.T) {
	ms := []jsonstream.Message{}
	for i := range 100 {
		ms = append(ms, jsonstream.Message{Stream: fmt.Sprintf("line %d\n", i)})
	}
	ms = append(ms, jsonstream.Message{Error: &jsonstream.Error{Message: "returned a non-zero code: 1"}})
	err := follow(t.Context(), messages(t, ms...), nil)
	if err == nil || !strings.HasPrefix(err.Error(), "returned a non-zero code: 1\nline 80\n") || !strings.HasSuffix(err.Error(), "line 99") {
		t.Fatalf("%v", err)
	}
	if err := follow(t.Context(), io.NopCloser(strings.NewReader(`{"stream":"x`)), nil); !errors.Is(err, io.ErrUnexpectedEOF) {
		t.Fatalf("a torn answer: %v", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	r, w := io.Pipe()
	go func() { _, _ = io.WriteString(w, "{"); cancel() }()
	if err := follow(ctx, r, nil); !errors.Is(err, context.Canceled) {
		t.Fatalf("cancelled: %v", err)
	}
}

// What Docker 20.10 printed, with the codes it gave; the last ones are of commands
// that ran.
func TestVerdict(t *testing.T) {
	const around = refusalPrefix + "exec failed: unable to start container process: "
	for _, c := range []struct {
		printed string
		code    int
		ran     bool
		want    int
		reason  string
	}{
		{around + `exec: "/nope": stat /nope: no such file or directory: unknown` + "\r\n", 126, false, 127, "/nope"},
		{around + `exec: "nope": executable file not found in $PATH: unknown` + "\r\n", 126, false, 127, "not found"},
		{around + `exec: "nope": executable file not found in $PATH: unknown` + "\r\n", 127, false, 127, "not found"},
		{around + `exec: "/etc/passwd": permission denied: unknown` + "\r\n", 126, false, 126, "/etc/passwd"},
		{around + `chdir to cwd ("/nope") set in config.json failed: no such file or directory: unknown`, 126, false, 126, `"/nope"`},
		{"unable to find user nosuch: no matching entries in passwd file\r\n", 126, false, 126, "nosuch"},
		{"Error: crun: executable file `nope` not found in $PATH: No such file or directory: OCI runtime attempted to invoke a command that was not found", 127, false, 127, "not found"},
		{"Error: crun: mine\n", 127, true, 127, ""},
		{refusalPrefix + "mine\n", 127, true, 127, ""},
		{refusalPrefix + "mine\n", 126, true, 126, ""},
		{"unable to find user of mine\n", 126, true, 126, ""},
		{refusalPrefix + "mine\n", 1, false, 1, ""},
	} {
		var out strings.Builder
		s := session{held: heldBack{to: &out}}
		_, _ = io.WriteString(&s.held, c.printed)
		code, err := s.verdict(c.code, c.ran)
		if code != c.want || (err != nil) != (c.reason != "") || err != nil && !strings.Contains(err.Error(), c.reason) {
			t.Errorf("%q: code %d, %v", c.printed, code, err)
		}
		if c.reason == "" && out.String() != c.printed {
			t.Errorf("%q became %q", c.printed, out.String())
		}
		if c.reason != "" && out.Len() > 0 {
			t.Errorf("printed %q beside the reason", out.String())
		}
	}
}

func TestHeldBack(t *testing.T) {
	refusal := refusalPrefix + `exec failed: unable to start container process: exec: "foo": executable file not found in $PATH: unknown` + "\r\n"
	for _, c := range []struct {
		name   string
		writes []string
		out    string
		reason string
	}{
		{"ordinary output", []string{"O", "CI runtime exec failed: "}, "OCI runtime exec failed: ", ""},
		{"a refusal", []string{refusal}, "", `"foo": executable file not found in $PATH`},
		{"a refusal and more", []string{refusalPrefix, strings.Repeat("x", refusalMax)}, refusalPrefix + strings.Repeat("x", refusalMax), ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			var out strings.Builder
			h := heldBack{to: &out}
			for _, w := range c.writes {
				if n, err := io.WriteString(&h, w); n != len(w) || err != nil {
					t.Fatal(n, err)
				}
			}
			reason, refused := h.refusal()
			if out.String() != c.out || refused != (c.reason != "") || refused && reason != c.reason {
				t.Errorf("out %q, refused %v: %q", out.String(), refused, reason)
			}
			if err := h.release(); err != nil || !strings.HasPrefix(out.String(), c.writes[0]) {
				t.Errorf("released %q, %v", out.String(), err)
			}
		})
	}
}

func TestLabelChanges(t *testing.T) {
	got, err := labelChanges(map[string]string{"b": `say "$HOME\"`, "a": "1"})
	want := []string{`LABEL "a"="1"`, `LABEL "b"="say \"\$HOME\\\""`}
	if err != nil || !slices.Equal(got, want) {
		t.Fatalf("%q, %v", got, err)
	}
	if _, err := labelChanges(map[string]string{"a": "1\nRUN x"}); err == nil {
		t.Fatal("two lines were taken")
	}
}
