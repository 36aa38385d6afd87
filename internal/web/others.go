package web

import (
	"net/http"

	"github.com/ferry-project/ferry"
	"github.com/ferry-project/ferry/internal/api"
)

// kept is a snapshot with those that were taken of stacks which began with it.
type kept struct {
	ferry.Snapshot
	Usable bool
}

func (s *Site) snapshots(r *http.Request) (view, error) {
	all, err := s.ferry.Snapshots(r.Context())
	if err != nil {
		return view{}, err
	}
	var body []kept
	for _, n := range all {
		body = append(body, kept{n, n.State == ferry.SnapshotGood})
	}
	return view{Template: "snapshots.html", Title: "Snapshots", About: aboutStacks, Body: body}, nil
}

func (s *Site) removeSnapshot(r *http.Request) (string, error) {
	return "/snapshots", s.ferry.RemoveSnapshot(r.Context(), r.PathValue("id"))
}

func (s *Site) images(r *http.Request) (view, error) {
	all, err := s.ferry.Images(r.Context())
	return view{Template: "images.html", Title: "Images", About: aboutStacks, Body: all}, err
}

// build builds one recipe, or all.
func (s *Site) build(r *http.Request) (string, error) {
	if err := form(r); err != nil {
		return "", err
	}
	return jobPage(s.ferry.Build(r.Context(), r.PostForm["recipe"]))
}

func (s *Site) machine(r *http.Request) (view, error) {
	version, err := s.ferry.Version(r.Context())
	if err != nil {
		return view{}, err
	}
	checks, err := s.ferry.Doctor(r.Context(), false, func(string) error { return nil })
	if err != nil {
		return view{}, err
	}
	body := struct {
		api.Version
		Checks []api.Check
	}{version, checks}
	return view{Template: "machine.html", Title: "Machine", Body: body}, nil
}
