package server

import (
	"io"
	"net/http"
	"time"

	"github.com/ferry-project/ferry/internal/api"
)

// prompt bounds how long a body may take to come, also one that nobody reads:
// net/http reads what is left before it answers, and would wait forever.
func prompt(h http.Handler, within time.Duration) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.ContentLength != 0 {
			b := &promptBody{ReadCloser: r.Body, ctl: http.NewResponseController(w), within: within}
			b.hurry()
			r = r.WithContext(r.Context()) // in net/http's own request the body must stay: it asks it how far it was read
			r.Body = b
		}
		h.ServeHTTP(w, r)
	})
}

// promptBody is a body with a deadline, which counts from the first read and is gone
// with the body's end: one that passed later would cancel the call.
type promptBody struct {
	io.ReadCloser
	ctl    *http.ResponseController
	within time.Duration
	begun  bool
}

// Read sets the deadline again when it is the first, as huma takes away the one
// there was.
func (b *promptBody) Read(p []byte) (int, error) {
	if !b.begun {
		b.begun = true
		b.hurry()
	}
	n, err := b.ReadCloser.Read(p)
	if err == io.EOF { //nolint:errorlint // as a reader says it
		b.calm()
	}
	return n, err
}

// Recorders of tests have no deadlines, nor has anything else to be read from.
func (b *promptBody) hurry() { _ = b.ctl.SetReadDeadline(time.Now().Add(b.within)) }

func (b *promptBody) calm() { _ = b.ctl.SetReadDeadline(time.Time{}) }

// unhurried is the body of a request that may take its time: a tar of any length.
func unhurried(r *http.Request) io.Reader {
	b, ok := r.Body.(*promptBody)
	if !ok {
		return r.Body
	}
	b.calm()
	return b.ReadCloser
}

// refuse answers a stranger and lets go of the connection, without waiting for the
// rest of what he may have to say.
func refuse(w http.ResponseWriter, p *api.Problem) {
	w.Header().Set("Connection", "close")
	_ = http.NewResponseController(w).SetReadDeadline(time.Now().Add(time.Second))
	writeProblem(w, p)
}
