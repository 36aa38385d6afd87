package proxy

import (
	"context"
	"html/template"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httputil"
	"net/url"
	"time"

	"github.com/ferry-project/ferry"
	"github.com/ferry-project/ferry/internal/api/tunnel"
)

// idle is how long a connection to a node is kept for the next request: each may be a
// command in the node.
const idle = 90 * time.Second

// web is the HTTP proxy of one stack.
type web struct {
	stack   Stack
	forward *httputil.ReverseProxy
}

// Handler returns the stack as an HTTP proxy.
func (s Stack) Handler() http.Handler {
	t := &http.Transport{
		DialContext:        func(ctx context.Context, _, address string) (net.Conn, error) { return s.connect(ctx, address) },
		DisableCompression: true, MaxIdleConnsPerHost: 8, IdleConnTimeout: idle,
	}
	w := &web{stack: s}
	w.forward = &httputil.ReverseProxy{
		Transport: t, FlushInterval: -1,
		Rewrite:        func(r *httputil.ProxyRequest) { r.Out.Host = r.In.Host },
		ModifyResponse: w.shared,
		ErrorLog:       slog.NewLogLogger(slog.DiscardHandler, slog.LevelDebug), // who asked is told
		ErrorHandler:   func(rw http.ResponseWriter, _ *http.Request, err error) { refuse(rw, err) },
	}
	return w
}

// ServeHTTP answers one request of a client that takes this for its proxy.
func (p *web) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	switch {
	case r.Method == http.MethodConnect:
		p.connect(w, r)
	case r.URL.Host == "":
		http.Error(w, "This is a proxy for the nodes of "+p.stack.Title+": curl -x http://"+r.Host+" http://NODE:PORT", http.StatusMisdirectedRequest)
	case r.URL.Hostname() == homeHost:
		p.home(w)
	case p.preflight(w, r):
	default:
		p.through(w, r)
	}
}

func (p *web) through(w http.ResponseWriter, r *http.Request) {
	if _, ok := p.stack.node(r.URL.Hostname()); !ok {
		refuse(w, p.stack.stranger(r.URL.Hostname()))
		return
	}
	p.forward.ServeHTTP(w, r)
}

// connect makes the request's connection one to a node.
func (p *web) connect(w http.ResponseWriter, r *http.Request) {
	far, err := p.stack.connect(r.Context(), r.Host)
	if err != nil {
		refuse(w, err)
		return
	}
	near, rest, err := http.NewResponseController(w).Hijack()
	if err != nil {
		_ = far.Close()
		refuse(w, err)
		return
	}
	if _, err := io.WriteString(near, "HTTP/1.1 200 Connection established\r\n\r\n"); err != nil {
		_, _ = near.Close(), far.Close()
		return
	}
	tunnel.Join(r.Context(), &begun{Conn: near, first: rest.Reader}, far)
}

// begun is a connection of which something was read already.
type begun struct {
	net.Conn
	first io.Reader
}

func (b *begun) Read(p []byte) (int, error) { return b.first.Read(p) }

// CloseWrite says that no more is sent, where the connection can.
func (b *begun) CloseWrite() error {
	if half, ok := b.Conn.(interface{ CloseWrite() error }); ok {
		return half.CloseWrite()
	}
	return b.Close()
}

// refuse says why a node is not reached. The codes that browsers show the text of.
func refuse(w http.ResponseWriter, err error) {
	status := http.StatusBadGateway
	if ferry.CodeOf(err) == ferry.NotFound {
		status = http.StatusForbidden
	}
	http.Error(w, err.Error(), status)
}

// sibling reports whether a request comes from a page of the same stack on another port.
func (p *web) sibling(r *http.Request) (origin string, ok bool) {
	origin = r.Header.Get("Origin")
	u, err := url.Parse(origin)
	if err != nil || u.Host == "" {
		return "", false
	}
	_, ok = p.stack.node(u.Hostname())
	return origin, ok
}

// preflight answers a browser that asks whether a page of one node may send to another:
// within one stack it may. The DataNode does not allow the type of file that the
// NameNode's own page uploads.
func (p *web) preflight(w http.ResponseWriter, r *http.Request) bool {
	method := r.Header.Get("Access-Control-Request-Method")
	origin, ok := p.sibling(r)
	if r.Method != http.MethodOptions || method == "" || !ok {
		return false
	}
	if _, known := p.stack.node(r.URL.Hostname()); !known {
		return false
	}
	h := w.Header()
	h.Set("Access-Control-Allow-Origin", origin)
	h.Set("Access-Control-Allow-Methods", method)
	if asked := r.Header.Get("Access-Control-Request-Headers"); asked != "" {
		h.Set("Access-Control-Allow-Headers", asked)
	}
	w.WriteHeader(http.StatusNoContent)
	return true
}

// shared lets a page of the same stack read an answer.
func (p *web) shared(resp *http.Response) error {
	if origin, ok := p.sibling(resp.Request); ok && resp.Header.Get("Access-Control-Allow-Origin") == "" {
		resp.Header.Set("Access-Control-Allow-Origin", origin)
	}
	return nil
}

var homePage = template.Must(template.New("home").Parse(`<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="color-scheme" content="light dark"><title>{{.Title}}: pages</title></head>
<body><main><h1>Pages of {{.Title}}</h1>
<ul>{{range .Pages}}<li><a href="{{.URL}}">{{.Name}}</a> on {{.Node}}</li>{{else}}<li>No service of this stack has a web page.</li>{{end}}</ul>
<p>Names of this stack's nodes lead to them in this browser, and nothing else does.</p></main></body></html>
`))

func (p *web) home(w http.ResponseWriter) {
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	_ = homePage.Execute(w, p.stack) // who asked has gone, or sees half a page
}
