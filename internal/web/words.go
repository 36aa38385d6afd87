package web

import (
	"html/template"
	"strings"
	"time"

	"github.com/ferry-project/ferry"
	"github.com/ferry-project/ferry/internal/cli/show"
)

// words are what templates call.
func (s *Site) words() template.FuncMap {
	return template.FuncMap{
		"age":     func(t time.Time) string { return show.Age(s.now().Sub(t)) },
		"clock":   func(t time.Time) string { return t.UTC().Format("2006-01-02 15:04:05") },
		"seconds": show.Seconds, "size": ferry.Size, "ports": show.Ports, "join": strings.Join, "mark": mark,
		"title": titleOf,
	}
}

// mark is how a state looks: a shape, so that colour is not all that tells it, and the
// class that colours it. What is under way is never red.
func mark(state any) marked {
	word := ""
	switch v := state.(type) {
	case string:
		word = v
	case ferry.Status:
		word = string(v)
	case ferry.JobState:
		word = string(v)
	case ferry.SnapshotState:
		word = string(v)
	}
	m, ok := marks()[word]
	if !ok {
		m = marked{Shape: "○", Class: "idle"}
	}
	m.Word = word
	return m
}

type marked struct{ Shape, Class, Word string }

func marks() map[string]marked {
	return map[string]marked{
		"running": {Shape: "●", Class: "good"}, "done": {Shape: "✓", Class: "good"}, "good": {Shape: "✓", Class: "good"},
		"starting": {Shape: "◐", Class: "busy"}, "changing": {Shape: "◐", Class: "busy"}, "stopping": {Shape: "◑", Class: "busy"},
		"removing": {Shape: "◑", Class: "busy"}, "making": {Shape: "◐", Class: "busy"}, "waiting": {Shape: "◐", Class: "busy"},
		"working":  {Shape: "◐", Class: "busy"},
		"degraded": {Shape: "▲", Class: "warn"}, "lost": {Shape: "?", Class: "warn"}, "cancelled": {Shape: "⊘", Class: "warn"},
		"missing": {Shape: "▲", Class: "warn"}, "exited": {Shape: "■", Class: "warn"},
		"failed": {Shape: "✗", Class: "bad"}, "stopped": {Shape: "■", Class: "idle"}, "created": {Shape: "○", Class: "idle"},
	}
}

// titleOf is what people call a stack.
func titleOf(s ferry.Stack) string {
	if s.Name != "" {
		return s.Name
	}
	return s.ID
}
