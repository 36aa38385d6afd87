package lines_test

import (
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/ferry-project/ferry/internal/lines"
)

func TestWriterCutsLines(t *testing.T) {
	for name, c := range map[string]struct {
		longest int
		written []string
		ended   []string // before Flush
		flushed []string
	}{
		"whole":            {0, []string{"a\nb\n"}, []string{"a", "b"}, nil},
		"in pieces":        {0, []string{"a", "b\nc", "d", "\n"}, []string{"ab", "cd"}, nil},
		"without an end":   {0, []string{"a\nb"}, []string{"a"}, []string{"b"}},
		"blank":            {0, []string{"\n\n a \r\n"}, []string{"", "", " a \r"}, nil},
		"nothing":          {0, []string{""}, nil, nil},
		"too long":         {3, []string{"ab", "cd", "ef\ng"}, []string{"abcd", "ef"}, []string{"g"}},
		"as long as it is": {0, []string{strings.Repeat("x", 100_000)}, nil, []string{strings.Repeat("x", 100_000)}},
	} {
		t.Run(name, func(t *testing.T) {
			var got []string
			w := &lines.Writer{Longest: c.longest, Each: func(line string) error { got = append(got, line); return nil }}
			for _, text := range c.written {
				if n, err := io.WriteString(w, text); n != len(text) || err != nil {
					t.Errorf("wrote %d of %d bytes, %v", n, len(text), err)
				}
			}
			if !slices.Equal(got, c.ended) {
				t.Errorf("lines %q, want %q", got, c.ended)
			}
			got = nil
			if err := errors.Join(w.Flush(), w.Flush()); err != nil || !slices.Equal(got, c.flushed) {
				t.Errorf("flushed %q, want %q; %v", got, c.flushed, err)
			}
		})
	}
}

func TestWriterEndsWithAnError(t *testing.T) {
	gone := errors.New("nobody reads any more")
	w := &lines.Writer{Each: func(line string) error {
		if line == "b" {
			return gone
		}
		return nil
	}}
	if _, err := io.WriteString(w, "a\nb\nc\n"); !errors.Is(err, gone) {
		t.Errorf("got %v", err)
	}
}

func TestWriterTakesBothStreams(t *testing.T) {
	count := map[string]int{}
	w := &lines.Writer{Each: func(line string) error { count[line]++; return nil }}
	var group sync.WaitGroup
	for range 2 {
		group.Go(func() {
			for range 1000 {
				_, _ = io.WriteString(w, "line\n")
			}
		})
	}
	group.Wait()
	if len(count) != 1 || count["line"] != 2000 {
		t.Errorf("counted %v", count)
	}
}

func TestTail(t *testing.T) {
	for name, c := range map[string]struct {
		tail *lines.Tail
		want string
	}{
		"all":          {&lines.Tail{}, "0\n1\n2\n3\n4\n5\n6\n7\n8\n9\n10"},
		"lines":        {&lines.Tail{Lines: 3}, "8\n9\n10"},
		"bytes":        {&lines.Tail{Bytes: 7}, "8\n9\n10"},
		"fewer bytes":  {&lines.Tail{Bytes: 6}, "9\n10"},
		"both":         {&lines.Tail{Lines: 2, Bytes: 7}, "9\n10"},
		"one too long": {&lines.Tail{Bytes: 1}, "10"},
	} {
		t.Run(name, func(t *testing.T) {
			for n := range 11 {
				c.tail.Add(fmt.Sprint(n))
			}
			if got := c.tail.String(); got != c.want {
				t.Errorf("kept %q, want %q", got, c.want)
			}
		})
	}
	if got := new(lines.Tail).String(); got != "" {
		t.Errorf("of nothing it keeps %q", got)
	}
}
