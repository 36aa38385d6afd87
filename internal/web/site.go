// Package web is the page that a browser shows: rendered here, from the same calls that the
// command line makes. Reading it needs no scripts, and its buttons are forms; a script of
// one screen renews what has changed while somebody looks.
package web

import (
	"bytes"
	"embed"
	"errors"
	"html/template"
	"io/fs"
	"log/slog"
	"net/http"
	"time"

	"github.com/ferry-project/ferry"
	"github.com/ferry-project/ferry/internal/api"
)

//go:embed static
var static embed.FS

//go:embed pages
var texts embed.FS

// Site answers browsers that were let in; login is not its business.
type Site struct {
	ferry api.Ferry
	log   *slog.Logger
	now   func() time.Time
	pages map[string]*template.Template
	// heartbeat is how often a quiet stream of events says that it is still there.
	heartbeat time.Duration
}

// New returns the page of f.
func New(f api.Ferry, log *slog.Logger, now func() time.Time) (*Site, error) {
	s := &Site{ferry: f, log: log, now: now, pages: map[string]*template.Template{}, heartbeat: 15 * time.Second}
	names, err := fs.Glob(texts, "pages/*.html")
	if err != nil {
		return nil, err
	}
	for _, name := range names {
		t, err := template.New("layout.html").Funcs(s.words()).ParseFS(texts, "pages/layout.html", name)
		if err != nil {
			return nil, err
		}
		s.pages[name[len("pages/"):]] = t
	}
	return s, nil
}

// Handler returns the routes.
func (s *Site) Handler() http.Handler {
	mux := http.NewServeMux()
	assets, _ := fs.Sub(static, "static") // it is embedded under that name
	mux.Handle("GET /static/", http.StripPrefix("/static/", http.FileServerFS(assets)))
	mux.HandleFunc("GET /events", s.events)
	for pattern, at := range s.shows() {
		mux.HandleFunc("GET "+pattern, s.page(at))
	}
	for pattern, do := range s.deeds() {
		mux.HandleFunc("POST "+pattern, s.action(do))
	}
	mux.HandleFunc("POST /try", s.page(s.tryText))
	mux.HandleFunc("GET /stacks/{ref}/logs.txt", s.downloadLogs)
	mux.HandleFunc("GET /stacks/{ref}/follow", s.followLogs)
	mux.HandleFunc("GET /", s.page(func(r *http.Request) (view, error) {
		return view{}, ferry.Errorf(ferry.NotFound, "there is no page %s", r.URL.Path)
	}))
	return mux
}

// A look returns what a page is to show.
type look = func(r *http.Request) (view, error)

// A deed does what a form asks for, and returns where to look then.
type deed = func(r *http.Request) (location string, err error)

func (s *Site) shows() map[string]look {
	return map[string]look{
		"/{$}": s.stacks, "/stacks/{ref}": s.stack, "/stacks/{ref}/logs": s.logs, "/jobs": s.jobs, "/jobs/{id}": s.job,
		"/snapshots": s.snapshots, "/images": s.images, "/machine": s.machine, "/try": s.try,
	}
}

func (s *Site) deeds() map[string]deed {
	return map[string]deed{
		"/start": s.start, "/adopt": s.adopt, "/stacks/{ref}/{verb}": s.verb, "/jobs/{id}/cancel": s.cancel,
		"/images/build": s.build, "/snapshots/{id}/remove": s.removeSnapshot,
	}
}

// view is a page to be rendered.
type view struct {
	Template string
	Title    string
	// About is what the page is of: only events of it renew the page. "": it stays as it is.
	About string
	Body  any
	// Failed is why there is no page, or what was wrong with what was asked for.
	Failed *api.Problem
	Path   string
}

func (s *Site) page(at look) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		limit(w, r)
		v, err := at(r)
		status := http.StatusOK
		if err != nil {
			v = view{Template: "failed.html", Title: "That did not work", Failed: api.NewProblem(err)}
			status = v.Failed.Status
		}
		s.render(w, r, status, v)
	}
}

func (s *Site) action(do deed) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		limit(w, r)
		location, err := do(r)
		if err != nil {
			p := api.NewProblem(err)
			s.render(w, r, p.Status, view{Template: "failed.html", Title: "That did not work", Failed: p})
			return
		}
		http.Redirect(w, r, location, http.StatusSeeOther)
	}
}

// mostForm is the longest form that is taken: a file and its answers.
const mostForm = 2 * api.MaxText

func limit(w http.ResponseWriter, r *http.Request) {
	if r.Body != nil {
		r.Body = http.MaxBytesReader(w, r.Body, mostForm)
	}
}

// render writes a page once it is whole.
func (s *Site) render(w http.ResponseWriter, r *http.Request, status int, v view) {
	v.Path = r.URL.Path
	var b bytes.Buffer
	if err := s.pages[v.Template].Execute(&b, v); err != nil {
		s.log.ErrorContext(r.Context(), "render a page", "path", r.URL.Path, "error", err)
		http.Error(w, "A defect of Ferry: this page cannot be shown. The server's log has the details.", http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.WriteHeader(status)
	_, _ = b.WriteTo(w) // who asked has gone, or sees half a page
}

// form reads what was sent.
func form(r *http.Request) error {
	if err := r.ParseForm(); err != nil {
		if _, long := errors.AsType[*http.MaxBytesError](err); long {
			return ferry.Errorf(ferry.Invalid, "the text is longer than %s", ferry.Size(api.MaxText))
		}
		return ferry.Errorf(ferry.Invalid, "the form is not understood: %w", err)
	}
	return nil
}
