package main

import (
	"strings"
	"testing"
)

func TestFrames(t *testing.T) {
	const out, errs = "\x01\x00\x00\x00\x00\x00\x00\x03abc", "\x02\x00\x00\x00\x00\x00\x00\x01d"
	for name, c := range map[string]struct {
		in, want string
		fails    bool
	}{
		"nothing":          {"", "", false},
		"both outputs":     {out + errs, "abcd", false},
		"cut in a header":  {out + "\x01\x00", "abc", true},
		"cut in an output": {out[:9], "a", true},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := frames(strings.NewReader(c.in))
			if got != c.want || (err != nil) != c.fails {
				t.Errorf("got %q, %v", got, err)
			}
		})
	}
}
