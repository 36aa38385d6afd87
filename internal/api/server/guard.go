package server

import (
	"crypto/sha256"
	"crypto/subtle"
	"fmt"
	"log/slog"
	"net/http"
	"path"
	"runtime/debug"
	"strings"
	"time"

	"github.com/ferry-project/ferry"
	"github.com/ferry-project/ferry/internal/api"
)

// WithToken lets in only who sends "Authorization: Bearer token". It is for TCP;
// on a Unix socket the file's mode says who may come. An empty token lets in nobody.
func WithToken(h http.Handler, token string) http.Handler {
	want := sha256.Sum256([]byte(token))
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		given, ok := bearer(r)
		got := sha256.Sum256([]byte(given)) // equal lengths: nothing to learn from the time it takes
		if subtle.ConstantTimeCompare(got[:], want[:]) != 1 || !ok || token == "" {
			w.Header().Set("WWW-Authenticate", `Bearer realm="ferry"`)
			p := api.NewStatusProblem(http.StatusUnauthorized, "the server wants a token, and this is not the right one")
			p.Hint = "it is the FERRY_TOKEN that the server was started with; set the same"
			refuse(w, p)
			return
		}
		h.ServeHTTP(w, r)
	})
}

func bearer(r *http.Request) (string, bool) {
	scheme, token, ok := strings.Cut(r.Header.Get("Authorization"), " ")
	return strings.TrimSpace(token), ok && strings.EqualFold(scheme, "Bearer")
}

// sameOrigin refuses what a browser sends on behalf of another site.
func sameOrigin(h http.Handler) http.Handler {
	c := http.NewCrossOriginProtection()
	c.SetDenyHandler(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		writeProblem(w, api.NewStatusProblem(http.StatusForbidden, "the request comes from another site"))
	}))
	return c.Handler(h)
}

// routable answers what the router would answer in its own words: CONNECT, and a
// path that it would tidy up and redirect to.
func routable(h http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		tidy := path.Clean(r.URL.Path)
		switch {
		case r.Method == http.MethodConnect:
			writeProblem(w, api.NewStatusProblem(http.StatusMethodNotAllowed, "this is no proxy: CONNECT is not possible"))
		case r.URL.Path != tidy && r.URL.Path != tidy+"/":
			writeProblem(w, api.NewStatusProblem(http.StatusNotFound, "no such path: "+r.URL.Path))
		default:
			h.ServeHTTP(w, r)
		}
	})
}

// observe logs requests and turns a panic into an answer.
func observe(log *slog.Logger, h http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		o := &observed{ResponseWriter: w, status: http.StatusOK}
		began := time.Now()
		defer func() {
			if v := recover(); v != nil {
				o.panicked(log, r, v)
			}
			log.DebugContext(r.Context(), "request", "method", r.Method, "path", r.URL.Path, "status", o.status, "took", time.Since(began))
		}()
		h.ServeHTTP(o, r)
	})
}

// observed remembers the status.
type observed struct {
	http.ResponseWriter
	status int
	begun  bool
}

// Unwrap lets http.ResponseController, SSE and WebSocket reach the connection.
func (o *observed) Unwrap() http.ResponseWriter { return o.ResponseWriter }

// WriteHeader remembers the status.
func (o *observed) WriteHeader(status int) {
	if status != http.StatusContinue {
		o.status, o.begun = status, true
	}
	o.ResponseWriter.WriteHeader(status)
}

// Write begins the answer when nothing has.
func (o *observed) Write(p []byte) (int, error) {
	o.begun = true
	return o.ResponseWriter.Write(p)
}

// panicked answers for a handler that cannot. An answer that has begun is cut off,
// so that it does not pass for a whole one.
func (o *observed) panicked(log *slog.Logger, r *http.Request, v any) {
	if v == http.ErrAbortHandler { //nolint:errorlint // net/http compares so as well
		panic(v)
	}
	log.ErrorContext(r.Context(), "panic", "method", r.Method, "path", r.URL.Path, "panic", fmt.Sprint(v), "stack", string(debug.Stack()))
	if o.begun {
		panic(http.ErrAbortHandler)
	}
	err := ferry.Errorf(ferry.Internal, "a defect of Ferry: %v", v).WithHint("the server's log has the details")
	writeProblem(o, api.NewProblem(err))
}
