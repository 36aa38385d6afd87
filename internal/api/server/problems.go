package server

import (
	"encoding/json"
	"net/http"
	"slices"
	"strings"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"

	"github.com/ferry-project/ferry"
	"github.com/ferry-project/ferry/internal/api"
)

// problems turns huma's own errors (a body that does not fit its schema, a bad
// parameter) into the one form errors have. The values at fault are left out: a
// body may be a megabyte.
func problems(_ huma.Context, _ string, v any) (any, error) {
	m, ok := v.(*huma.ErrorModel)
	if !ok {
		return v, nil
	}
	p := api.NewStatusProblem(m.Status, m.Detail)
	for _, d := range m.Errors {
		if d != nil {
			p.Faults = append(p.Faults, ferry.Fault{Path: d.Location, Message: d.Message})
		}
	}
	if m.Detail == "validation failed" && len(p.Faults) > 0 {
		p.Detail = "the request is not valid: " + api.CountFaults(len(p.Faults))
	}
	return p, nil
}

// noEmptyValues refuses parameters without a value where text is not what is
// wanted: huma takes them as left out.
func noEmptyValues(ctx huma.Context, next func(huma.Context)) {
	u := ctx.URL()
	given := u.Query()
	for _, p := range ctx.Operation().Parameters {
		if p.In != "query" || isText(p.Schema) || !slices.Contains(given[p.Name], "") {
			continue
		}
		_, w := humago.Unwrap(ctx)
		e := api.NewStatusProblem(http.StatusUnprocessableEntity, "the request is not valid: "+api.CountFaults(1))
		e.Faults = []ferry.Fault{{Path: "query." + p.Name, Message: "it has no value"}}
		writeProblem(w, e)
		return
	}
	next(ctx)
}

func isText(s *huma.Schema) bool {
	return s != nil && (s.Type == huma.TypeArray || s.Type == huma.TypeString && s.Format != "date-time")
}

// writeProblem answers with err; nothing may have been written before.
func writeProblem(w http.ResponseWriter, p *api.Problem) {
	h := w.Header()
	h.Set("Content-Type", api.ProblemType)
	h.Set("Cache-Control", "no-store")
	w.WriteHeader(p.Status)
	// Only a lost connection can make this fail, and then there is no reader.
	_ = json.NewEncoder(w).Encode(p)
}

// unrouted answers what no route takes: 405 when another method would be taken,
// else 404.
func unrouted(mux *http.ServeMux) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		allowed := methods(mux, r)
		if len(allowed) == 0 {
			writeProblem(w, api.NewStatusProblem(http.StatusNotFound, "no such path: "+r.URL.Path))
			return
		}
		w.Header().Set("Allow", strings.Join(allowed, ", "))
		writeProblem(w, api.NewStatusProblem(http.StatusMethodNotAllowed, r.Method+" is not possible on "+r.URL.Path))
	})
}

// methods lists what the path of r could be asked with.
func methods(mux *http.ServeMux, r *http.Request) []string {
	var out []string
	for _, m := range []string{http.MethodGet, http.MethodPut, http.MethodPost, http.MethodDelete} {
		other := r.Clone(r.Context())
		other.Method = m
		if _, pattern := mux.Handler(other); pattern != "/" && pattern != "" {
			out = append(out, m)
		}
	}
	return out
}
