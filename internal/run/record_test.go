package run

import (
	"fmt"
	"strings"
	"testing"
)

func TestRecordKeepsWholeLinesFromTheEnd(t *testing.T) {
	r := &record{clean: func(s string) string { return strings.ReplaceAll(s, "secret", "***") }}
	for i := range 20000 {
		_, _ = fmt.Fprintf(r, "line %d sec", i)
		_, _ = fmt.Fprint(r, "ret\r\n")
	}
	_, _ = fmt.Fprint(r, "the end")
	r.end()
	got := r.String()
	if len(got) > outputLimit || len(got) < outputLimit-100 {
		t.Errorf("kept %d bytes", len(got))
	}
	if !strings.HasPrefix(got, "line ") || !strings.HasSuffix(got, "line 19999 ***\nthe end") || strings.Contains(got, "sec") {
		t.Errorf("kept %s … %s", got[:20], got[len(got)-40:])
	}
}

func TestRecordOfOneEndlessLine(t *testing.T) {
	r := &record{clean: func(s string) string { return s }}
	for range 10000 {
		_, _ = r.Write([]byte("................"))
	}
	if n := len(r.String()) + len(r.part); n > outputLimit+lineLimit {
		t.Errorf("keeps %d bytes", n)
	}
}
