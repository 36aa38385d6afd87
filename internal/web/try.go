package web

import (
	"net/http"
	"net/url"
	"strings"

	"github.com/ferry-project/ferry"
	"github.com/ferry-project/ferry/internal/api"
	"github.com/ferry-project/ferry/internal/web/draw"
)

// tried is a file in the making: its text, its questions, and what would come of it.
type tried struct {
	Target, Text string
	Name         string
	Questions    []asked
	Proposal     *api.Proposal
	Graph        draw.Graph
}

// asked is a question with what was answered so far.
type asked struct {
	ferry.Question
	Answer string
}

// example is the text to begin with.
const example = `backend:
  - storage:
      personality: gluster
      instances: 3
    compute:
      - personality: openmpi
        instances: 2
connectors:
  - personality: openmpi-client
`

// answerField is what the field of a question is called, before its parameter.
const answerField = "answer."

func sourceOf(form url.Values) api.Source {
	src := api.Source{Target: form.Get("target"), Answers: map[string]string{}}
	if text := form.Get("text"); text != "" {
		src.Target, src.Text = "app.yaml", []byte(strings.ReplaceAll(text, "\r\n", "\n"))
	}
	for field := range form {
		if param, ok := strings.CutPrefix(field, answerField); ok && form.Get(field) != "" {
			src.Answers[param] = form.Get(field)
		}
	}
	return src
}

// try shows the text of an application, or the example.
func (s *Site) try(r *http.Request) (view, error) {
	t := tried{Text: example}
	apps, err := s.ferry.Apps(r.Context())
	if err != nil {
		return view{}, err
	}
	for _, a := range apps {
		if a.Name == r.URL.Query().Get("app") {
			t.Text = a.Text
		}
	}
	return view{Template: "try.html", Title: "Try a file", Body: t}, nil
}

// tryText plans what was written. Faults are part of the page: the text is not lost.
func (s *Site) tryText(r *http.Request) (view, error) {
	if err := form(r); err != nil {
		return view{}, err
	}
	t := tried{Text: strings.ReplaceAll(r.PostForm.Get("text"), "\r\n", "\n"), Name: r.PostForm.Get("name")}
	v := view{Template: "try.html", Title: "Try a file"}
	err := s.plan(r, &t)
	if err != nil {
		v.Failed = api.NewProblem(err)
	}
	v.Body = t
	return v, nil
}

func (s *Site) plan(r *http.Request, t *tried) error {
	src := sourceOf(r.PostForm)
	questions, err := s.ferry.Questions(r.Context(), src)
	if err != nil {
		return err
	}
	for _, q := range questions {
		a := asked{q, r.PostForm.Get(answerField + q.Param)}
		if a.Answer == "" {
			a.Answer = q.Default
		}
		t.Questions = append(t.Questions, a)
		if a.Answer != "" {
			src.Answers[q.Param] = a.Answer
		}
	}
	p, err := s.ferry.Plan(r.Context(), src)
	if err != nil {
		return err
	}
	t.Proposal, t.Graph = &p, draw.Layout(drawn(planned(p.Plan), nil))
	return nil
}

// planned is a plan as a stack that is not there yet.
func planned(p ferry.Plan) (d api.Detail) {
	for _, s := range p.Services {
		v := ferry.ServiceView{ID: s.ID, Class: s.Class, Personality: s.Spec.Personality, Name: s.Spec.Name, Parent: s.Parent}
		for _, n := range s.Nodes {
			v.Nodes = append(v.Nodes, ferry.NodeView{Name: n, State: "planned"})
		}
		d.Services = append(d.Services, v)
	}
	return d
}
