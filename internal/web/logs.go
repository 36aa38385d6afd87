package web

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/ferry-project/ferry"
	"github.com/ferry-project/ferry/internal/api"
	"github.com/ferry-project/ferry/internal/lines"
)

const (
	usualTail  = 200
	mostTail   = 5000
	mostLines  = 20_000
	longestLog = 64 << 10 // of a line
)

// wanted is what of a stack's logs is asked for.
type wanted struct {
	Nodes  []string
	Text   string
	Regexp bool
	Level  string // "", warn or error
	Tail   int
	match  func(string) bool
}

func wantedOf(r *http.Request) (wanted, error) {
	q := r.URL.Query()
	w := wanted{Nodes: q["node"], Text: q.Get("text"), Regexp: q.Get("regexp") != "", Level: q.Get("level"), Tail: usualTail}
	if n, err := strconv.Atoi(q.Get("tail")); err == nil && n > 0 {
		w.Tail = min(n, mostTail)
	}
	if !w.Regexp {
		low := strings.ToLower(w.Text)
		w.match = func(line string) bool { return strings.Contains(strings.ToLower(line), low) }
		return w, nil
	}
	re, err := regexp.Compile(w.Text)
	if err != nil {
		return w, ferry.Errorf(ferry.Invalid, "%q is no regular expression: %w", w.Text, err)
	}
	w.match = re.MatchString
	return w, nil
}

// Has reports whether a node was chosen.
func (w wanted) Has(node string) bool { return slices.Contains(w.Nodes, node) }

// keeps reports whether a line is wanted, and how bad what it says is.
func (w wanted) keeps(line string) (level string, ok bool) {
	level = levelOf(line)
	bad := w.Level == "" || level == levelError || w.Level == levelWarn && level == levelWarn
	return level, bad && w.match(line)
}

const (
	levelError = "error"
	levelWarn  = "warn"
)

var (
	errorWord = regexp.MustCompile(`\b(ERROR|FATAL|SEVERE|CRITICAL|panic:|Exception\b|[Ee]rror:)|\b[EC] \[`)
	warnWord  = regexp.MustCompile(`\b(WARN|WARNING)\b|\bW \[`)
)

// levelOf is what the words of a line say of it: programs have no common form for it.
func levelOf(line string) string {
	switch {
	case errorWord.MatchString(line):
		return levelError
	case warnWord.MatchString(line):
		return levelWarn
	}
	return ""
}

// logLine is one that is shown.
type logLine struct{ Level, Text string }

func (s *Site) logs(r *http.Request) (view, error) {
	d, err := s.ferry.Inspect(r.Context(), r.PathValue("ref"))
	if err != nil {
		return view{}, err
	}
	body := struct {
		ferry.Stack
		wanted
		All   []string
		Lines []logLine
		Cut   bool
		Query string
		Since string
	}{Stack: d.Stack, Query: r.URL.RawQuery, Since: strconv.FormatInt(s.now().UnixMilli(), 10)}
	for _, n := range d.Plan.Nodes {
		body.All = append(body.All, n.Name)
	}
	if body.wanted, err = wantedOf(r); err != nil {
		return view{}, err
	}
	err = s.read(r.Context(), d.ID, body.wanted, api.LogsRequest{Tail: body.Tail}, func(level, line string) error {
		body.Lines = append(body.Lines, logLine{level, line})
		if body.Cut = len(body.Lines) >= mostLines; body.Cut {
			return errEnough
		}
		return nil
	})
	if body.Cut {
		err = nil
	}
	return view{Template: "logs.html", Title: "Logs of " + titleOf(d.Stack), Body: body}, err
}

var errEnough = fmt.Errorf("more than %d lines", mostLines)

// read calls do for every line that is wanted. Several nodes are read one after the other,
// or all of the stack together; lines of more than one have the node's name in front.
func (s *Site) read(ctx context.Context, ref string, w wanted, l api.LogsRequest, do func(level, line string) error) error {
	nodes := w.Nodes
	if len(nodes) == 0 {
		nodes = []string{""}
	}
	for _, n := range nodes {
		prefix := ""
		if len(nodes) > 1 {
			prefix = n + " | "
		}
		out := &lines.Writer{Longest: longestLog, Each: func(line string) error {
			if level, ok := w.keeps(line); ok {
				return do(level, prefix+line)
			}
			return nil
		}}
		l.Node = n
		if err := s.ferry.Logs(ctx, ref, l, out); err != nil {
			return err
		}
		if err := out.Flush(); err != nil {
			return err
		}
	}
	return nil
}

// downloadLogs sends all that is wanted, however long it is.
func (s *Site) downloadLogs(w http.ResponseWriter, r *http.Request) {
	want, err := wantedOf(r)
	if err != nil {
		s.page(func(*http.Request) (view, error) { return view{}, err })(w, r)
		return
	}
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.Header().Set("Content-Disposition", "attachment; filename=ferry.log")
	err = s.read(r.Context(), r.PathValue("ref"), want, api.LogsRequest{}, func(_, line string) error {
		_, err := io.WriteString(w, line+"\n")
		return err
	})
	if err != nil { // a file that is cut off must not pass for a whole one
		s.log.WarnContext(r.Context(), "download logs", "error", err)
		panic(http.ErrAbortHandler)
	}
}
