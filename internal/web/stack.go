package web

import (
	"context"
	"net/http"

	"github.com/ferry-project/ferry"
	"github.com/ferry-project/ferry/internal/api"
	"github.com/ferry-project/ferry/internal/cli/progress"
	"github.com/ferry-project/ferry/internal/web/draw"
)

// node is one with its service, and what it waits for.
type node struct {
	ferry.NodeView
	Service string
	Class   ferry.Class
	Waits   string
}

func (s *Site) stack(r *http.Request) (view, error) {
	d, err := s.ferry.Inspect(r.Context(), r.PathValue("ref"))
	if err != nil {
		return view{}, err
	}
	waits := s.waits(r.Context(), d.Job)
	body := struct {
		listed
		Plan  ferry.Plan
		Graph draw.Graph
		Nodes []node
	}{listed: listed{d.Stack, canDo(d.Stack)}, Plan: d.Plan, Graph: draw.Layout(drawn(d, waits))}
	for _, service := range d.Services {
		for _, n := range service.Nodes {
			body.Nodes = append(body.Nodes, node{n, service.Personality, service.Class, waits[n.Name]})
		}
	}
	return view{Template: "stack.html", Title: titleOf(d.Stack), About: d.ID, Body: body}, nil
}

// waits are the words of what each node waits for in a job that is at work.
func (s *Site) waits(ctx context.Context, job string) map[string]string {
	waits := map[string]string{}
	if job == "" {
		return waits
	}
	events, err := s.ferry.Past(ctx, job)
	if err != nil {
		return waits // a job of long ago is forgotten
	}
	for _, e := range events {
		switch e.Kind {
		case ferry.OpWaiting:
			if _, words := progress.Sentence(e); words != "" {
				waits[e.Node] = words
			}
		case ferry.OpDone, ferry.OpFailed:
			if e.Do == ferry.AwaitProbe || e.Do == ferry.RunTask {
				delete(waits, e.Node)
			}
		case ferry.JobEnded:
			clear(waits)
		}
	}
	return waits
}

// drawn is a stack as a graph: a compute or layer stands on its parent, a connector on
// whatever nothing else stands on.
func drawn(d api.Detail, waits map[string]string) []draw.Service {
	below := map[string]bool{}
	for _, s := range d.Services {
		below[s.Parent] = true
	}
	var out []draw.Service
	for _, s := range d.Services {
		one := draw.Service{ID: s.ID, Title: titleOfService(s)}
		if s.Parent != "" {
			one.On = []string{s.Parent}
		}
		for _, other := range d.Services {
			if s.Class == ferry.Connector && other.Class != ferry.Connector && !below[other.ID] {
				one.On = append(one.On, other.ID)
			}
		}
		for _, n := range s.Nodes {
			state := n.State
			if waits[n.Name] != "" {
				state = "waiting"
			}
			one.Nodes = append(one.Nodes, draw.Node{Name: n.Name, State: state})
		}
		out = append(out, one)
	}
	return out
}

func titleOfService(s ferry.ServiceView) string {
	title := s.Personality + " (" + string(s.Class) + ")"
	if s.Name != "" {
		return s.Name + ": " + title
	}
	return title
}
