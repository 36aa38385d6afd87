package web

import (
	"net/http"
	"net/url"

	"github.com/ferry-project/ferry"
	"github.com/ferry-project/ferry/internal/api"
)

// aboutStacks is what renews the list: jobs that begin and end, nodes that die.
const aboutStacks = "stacks"

// listed is a stack with what can be done to it.
type listed struct {
	ferry.Stack
	Can can
}

// can says which buttons a stack has.
type can struct{ Start, Stop, Test, Snapshot, Remove, Adopt, Cancel bool }

func canDo(s ferry.Stack) can {
	switch s.Status {
	case ferry.Running:
		return can{Stop: true, Test: true, Snapshot: true, Remove: true}
	case ferry.Degraded:
		return can{Start: true, Stop: true, Remove: true}
	case ferry.Stopped:
		return can{Start: true, Snapshot: true, Remove: true}
	case ferry.StartFailed:
		return can{Start: true, Remove: true}
	case ferry.Lost:
		return can{Adopt: true}
	}
	return can{Cancel: s.Job != ""}
}

func (s *Site) stacks(r *http.Request) (view, error) {
	all, err := s.ferry.List(r.Context(), true)
	if err != nil {
		return view{}, err
	}
	apps, err := s.ferry.Apps(r.Context())
	if err != nil {
		return view{}, err
	}
	body := struct {
		Stacks []listed
		Apps   []api.App
	}{Apps: apps}
	for _, one := range all {
		body.Stacks = append(body.Stacks, listed{one, canDo(one)})
	}
	return view{Template: "stacks.html", Title: "Stacks", About: aboutStacks, Body: body}, nil
}

// start starts an application by its name, or the text of a file.
func (s *Site) start(r *http.Request) (string, error) {
	if err := form(r); err != nil {
		return "", err
	}
	source := sourceOf(r.PostForm)
	job, err := s.ferry.Start(r.Context(), api.StartRequest{Source: source, Name: r.PostForm.Get("name")})
	return jobPage(job, err)
}

// verb does to a stack what its button says.
func (s *Site) verb(r *http.Request) (string, error) {
	if err := form(r); err != nil {
		return "", err
	}
	ctx, ref := r.Context(), r.PathValue("ref")
	switch r.PathValue("verb") {
	case "start":
		return jobPage(s.ferry.Start(ctx, api.StartRequest{Source: api.Source{Target: ref}}))
	case "stop":
		return jobPage(s.ferry.Stop(ctx, ref))
	case "test":
		return jobPage(s.ferry.Test(ctx, ref))
	case "snapshot":
		return jobPage(s.ferry.Snapshot(ctx, ref, api.SnapshotRequest{Name: r.PostForm.Get("name")}))
	case "remove":
		return jobPage(s.ferry.Remove(ctx, ref, true))
	}
	return "", ferry.Errorf(ferry.NotFound, "there is nothing called %s that can be done to a stack", r.PathValue("verb"))
}

func (s *Site) adopt(r *http.Request) (string, error) {
	_, err := s.ferry.Adopt(r.Context())
	return "/", err
}

// jobPage is where a job is watched.
func jobPage(j ferry.Job, err error) (string, error) {
	return "/jobs/" + url.PathEscape(j.ID), err
}
