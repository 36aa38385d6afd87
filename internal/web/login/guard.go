package login

import (
	"io"
	"net/http"
	"strings"
)

const (
	loginPath  = "/login"
	logoutPath = "/logout"
	tokenField = "t"
)

// policy is what a page of ours may do in a browser: it loads from here only, is shown in
// no other page, and sends its forms here only. Nothing in it is a script or a style that
// stands in a page.
const policy = "default-src 'self'; object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"

// Guard lets h answer browsers that are logged in.
func (d *Door) Guard(h http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		protect(w.Header())
		switch {
		case r.Host != d.Host: // also a name of somebody else's that was made to lead here
			refuse(w, http.StatusMisdirectedRequest, "This page has another address.")
		case d.changes(r) && r.Header.Get("Origin") != "http://"+d.Host:
			refuse(w, http.StatusForbidden, "The request comes from another page.")
		case r.URL.Path == loginPath:
			d.logIn(w, r)
		case !d.session(w, r):
			refuse(w, http.StatusUnauthorized, "Nobody is logged in here. The command ferry ui opens the page.")
		case r.URL.Path == logoutPath && r.Method == http.MethodPost:
			d.logOut(w, r)
		default:
			h.ServeHTTP(w, r)
		}
	})
}

// changes reports whether a request may do more than look. A WebSocket may, and browsers
// do not keep other pages from opening one.
func (*Door) changes(r *http.Request) bool {
	looks := r.Method == http.MethodGet || r.Method == http.MethodHead
	return !looks || r.Header.Get("Upgrade") != ""
}

func protect(h http.Header) {
	h.Set("Content-Security-Policy", policy)
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("X-Frame-Options", "DENY")
	h.Set("Cross-Origin-Opener-Policy", "same-origin")
	h.Set("Cross-Origin-Resource-Policy", "same-origin")
	// Not no-referrer: with it browsers do not say where a form comes from.
	h.Set("Referrer-Policy", "same-origin")
	h.Set("Cache-Control", "no-store")
}

// logIn answers with an address without the token, so that it stays in no history.
func (d *Door) logIn(w http.ResponseWriter, r *http.Request) {
	if r.Method != http.MethodGet {
		refuse(w, http.StatusMethodNotAllowed, "A link is followed by GET.")
		return
	}
	session, ok := d.enter(r.URL.Query().Get(tokenField))
	if !ok {
		refuse(w, http.StatusForbidden, "This link was followed already, or is too old. The command ferry ui makes another.")
		return
	}
	d.remember(w, session, int(sessionTime.Seconds()))
	http.Redirect(w, r, "/", http.StatusSeeOther)
}

func (d *Door) logOut(w http.ResponseWriter, r *http.Request) {
	if c, err := r.Cookie(d.Cookie); err == nil {
		d.leave(c.Value)
	}
	d.remember(w, "", -1)
	refuse(w, http.StatusOK, "You are logged out. The command ferry ui opens the page again.")
}

// session reports whether the request's browser is logged in.
func (d *Door) session(w http.ResponseWriter, r *http.Request) bool {
	c, err := r.Cookie(d.Cookie)
	if err != nil {
		return false
	}
	ok, renewed := d.known(c.Value)
	if renewed {
		d.remember(w, c.Value, int(sessionTime.Seconds()))
	}
	return ok
}

// remember sets the cookie: for this host alone, out of reach of scripts, and never sent
// along by a page of another site. It is not Secure, as the page is not served by TLS: what
// it is sent over does not leave the machine.
func (d *Door) remember(w http.ResponseWriter, session string, seconds int) {
	http.SetCookie(w, &http.Cookie{ //nolint:gosec // not Secure, see above
		Name: d.Cookie, Value: session, Path: "/", MaxAge: seconds, HttpOnly: true, SameSite: http.SameSiteStrictMode,
	})
}

// refuse answers with a page of one sentence, which is none of a user's.
func refuse(w http.ResponseWriter, status int, sentence string) {
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.WriteHeader(status)
	_, _ = io.WriteString(w, strings.ReplaceAll(refusal, "SENTENCE", sentence))
}

const refusal = `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="color-scheme" content="light dark"><title>Ferry</title></head>
<body><main><h1>Ferry</h1><p>SENTENCE</p></main></body></html>
`
