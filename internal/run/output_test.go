package run

import (
	"fmt"
	"strings"
	"testing"
)

func TestOutputKeepsWholeLinesFromTheEnd(t *testing.T) {
	o := newOutput(func(s string) string { return strings.ReplaceAll(s, "secret", "***") }, nil)
	for i := range 20000 {
		_, _ = fmt.Fprintf(o, "line %d sec", i)
		_, _ = fmt.Fprint(o, "ret\r\n")
	}
	_, _ = fmt.Fprint(o, "the end")
	got := o.String()
	if len(got) > outputLimit || len(got) < outputLimit-100 {
		t.Errorf("kept %d bytes", len(got))
	}
	if !strings.HasPrefix(got, "line ") || !strings.HasSuffix(got, "line 19999 ***\nthe end") || strings.Contains(got, "sec") {
		t.Errorf("kept %s … %s", got[:20], got[len(got)-40:])
	}
}

func TestOutputOfOneEndlessLine(t *testing.T) {
	o := newOutput(func(s string) string { return s }, nil)
	for range 10000 {
		_, _ = o.Write([]byte("................"))
	}
	if n := len(o.String()); n > outputLimit+lineLimit || n < outputLimit/2 {
		t.Errorf("keeps %d bytes", n)
	}
}
