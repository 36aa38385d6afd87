package server

import (
	"archive/tar"
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"maps"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/ferry-project/ferry/internal/api"
	"github.com/ferry-project/ferry/internal/api/server"
)

// hostile are texts that nobody who means well sends.
var hostile = []string{
	"", " ", ".", "..", "../../etc/passwd", "a/b", "\x00", "a\x00b", "a\r\nX-Injected: yes", "\xff\xfe", "東京", "\u202egnp", strings.Repeat("x", 3000),
	"%", "%zz", "%2e%2e%2f", "'; drop table stacks; --", "${HOME}", "$(id)", "--help", "-1", "0", "1", "9223372036854775808", "1e309", "NaN", "null", "true",
	"false", "{}", "[]", "*", "sa-", "sn-", "0001-01-01T00:00:00Z", "9999-12-31T23:59:59Z", "2026-02-30T00:00:00Z", "/", "/../..", "//", "~root/.ssh", "C:\\x",
	"gluster:99999999999", "mpi:-1", "hadoop+hive+hive", "services: {a: &a [*a]}", "services: [{personality: gluster, count: 1e99}]",
}

// known is what the server has, and what fits.
var known = map[string][]string{
	"string": {"lab", "lab", "openmpi0", "mpi-client", "/tmp", "/service/logs", "gluster:1", "openmpi", "hive", "x:1"}, "integer": {"0", "1", "7"}, "boolean": {"true", "false"},
}

// asked is one operation of the API's own description.
type asked struct {
	Parameters []struct {
		Name, In string
		Schema   schema
	}
	RequestBody struct {
		Content map[string]struct{ Schema schema }
	}
}

type schema struct {
	Ref        string `json:"$ref"`
	Type       any    // a name, or several
	Properties map[string]schema
	Items      *schema
	Required   []string

	ContentEncoding string
}

// prober asks one server whatever it can be asked.
type prober struct {
	handler http.Handler
	methods map[string]asked // by "METHOD /path"
	names   []string         // of methods, in a fixed order
	schemas map[string]schema
}

// untouched are left out: they would work on the machine of the test, or end its server.
var untouched = []string{"POST /v1/doctor", "POST /v1/quit", "POST /v1/ui"}

func newProber(tb testing.TB) *prober {
	tb.Helper()
	p := &prober{methods: map[string]asked{}}
	home, err := os.MkdirTemp("", "ferry-probe-")
	if err != nil {
		tb.Fatal(err)
	}
	c := configIn(home)
	paths := PathsOf(c.Home)
	if _, err := paths.make(""); err != nil {
		tb.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	m, closers, err := assemble(ctx, c, paths, func() {})
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() { cancel(); m.Close(); closers.close(c.Log); _ = os.RemoveAll(home) })
	p.handler = server.Handler(m, server.Options{Log: c.Log})
	p.learn(tb)
	return p
}

// learn reads the operations from the server itself, so that none is forgotten.
func (p *prober) learn(tb testing.TB) {
	w := httptest.NewRecorder()
	p.handler.ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/openapi.json", nil))
	var doc struct {
		Paths      map[string]map[string]asked
		Components struct{ Schemas map[string]schema }
	}
	if err := json.Unmarshal(w.Body.Bytes(), &doc); err != nil {
		tb.Fatal(err)
	}
	p.schemas = doc.Components.Schemas
	for path, methods := range doc.Paths {
		for method, a := range methods {
			p.methods[strings.ToUpper(method)+" "+path] = a
		}
	}
	for _, name := range untouched {
		if _, ok := p.methods[name]; !ok {
			tb.Fatalf("there is no %s to leave out", name)
		}
		delete(p.methods, name)
	}
	p.names = sorted(p.methods)
}

// request makes one up; the same numbers make the same request.
func (p *prober) request(name string, r *rand.Rand) *http.Request {
	method, path, _ := strings.Cut(name, " ")
	a := p.methods[name]
	query := url.Values{}
	var header []string
	for _, v := range a.Parameters {
		switch {
		case v.Name == "ref" && r.IntN(2) == 0:
			path = strings.ReplaceAll(path, "{ref}", "lab")
		case v.In == "path":
			path = strings.ReplaceAll(path, "{"+v.Name+"}", url.PathEscape(v.Schema.text(r)))
		case v.In == "query" && r.IntN(3) > 0:
			query.Add(v.Name, v.Schema.text(r))
		case v.In == "header" && r.IntN(3) > 0:
			header = append(header, v.Name, pick(r))
		}
	}
	if r.IntN(30) == 0 {
		query.Add(pick(r), pick(r))
	}
	body, mediaType := p.body(a, r)
	u := &url.URL{Scheme: "http", Host: "ferry", RawQuery: query.Encode()}
	u.Path, _ = url.PathUnescape(path)
	u.RawPath = path
	req := (&http.Request{Method: method, URL: u, Host: "ferry", Header: http.Header{}, Body: http.NoBody, RequestURI: u.RequestURI()})
	if body != "" {
		req.Body, req.ContentLength = readCloser{strings.NewReader(body)}, int64(len(body))
		req.Header.Set("Content-Type", mediaType)
	}
	for i := 0; i < len(header); i += 2 {
		req.Header.Set(header[i], header[i+1])
	}
	return req
}

type readCloser struct{ *strings.Reader }

func (readCloser) Close() error { return nil }

// text is mostly of the schema's type.
func (s schema) text(r *rand.Rand) string {
	if of := known[fmt.Sprint(s.Type)]; of != nil && r.IntN(3) > 0 {
		return of[r.IntN(len(of))]
	}
	return pick(r)
}

func pick(r *rand.Rand) string { return hostile[r.IntN(len(hostile))] }

// body makes one that mostly fits its schema.
func (p *prober) body(a asked, r *rand.Rand) (text, mediaType string) {
	for mediaType, c := range a.RequestBody.Content {
		switch n := r.IntN(16); {
		case n == 0:
			return pick(r), mediaType
		case n == 1:
			return strings.Repeat(`{"a":[`, 20000), mediaType
		case n == 2:
			return p.value(c.Schema, r), "text/plain"
		case strings.HasSuffix(mediaType, "json"):
			return p.value(c.Schema, r), mediaType
		default:
			return aTar(r), mediaType
		}
	}
	return "", ""
}

func aTar(r *rand.Rand) string {
	var b bytes.Buffer
	t := tar.NewWriter(&b)
	for range r.IntN(3) {
		_ = t.WriteHeader(&tar.Header{Name: pick(r), Linkname: pick(r), Typeflag: "0125x"[r.IntN(5)], Mode: int64(r.Uint32())})
	}
	_ = t.Close()
	return b.String()[r.IntN(2)*b.Len()/3:]
}

// value is JSON; one value in ten is not of the schema's.
func (p *prober) value(s schema, r *rand.Rand) string {
	if s.Ref != "" {
		s = p.schemas[s.Ref[strings.LastIndex(s.Ref, "/")+1:]]
	}
	var members []string
	switch kind := fmt.Sprint(s.Type); {
	case r.IntN(10) == 0:
		return []string{"null", "true", "-1", "1e400", "[]", "{}", "[[]]", `"\ud800"`, "01", `{"":{}}`, quoted(pick(r))}[r.IntN(11)]
	case kind == "integer" || kind == "boolean":
		return s.text(r)
	case s.ContentEncoding == "base64":
		return quoted(base64.StdEncoding.EncodeToString([]byte(s.text(r))))
	case s.Items != nil:
		return "[" + p.value(*s.Items, r) + "]"
	case kind != "object":
		return quoted(s.text(r))
	case len(s.Properties) == 0:
		return "{" + quoted(pick(r)) + ":" + quoted(pick(r)) + "}"
	}
	for _, name := range sorted(s.Properties) {
		if name != "$schema" && (slices.Contains(s.Required, name) || r.IntN(3) == 0) {
			members = append(members, quoted(name)+":"+p.value(s.Properties[name], r))
		}
	}
	return "{" + strings.Join(members, ",") + "}"
}

func quoted(s string) string { b, _ := json.Marshal(s); return string(b) } //nolint:errchkjson // a string

func sorted[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }

// lab has a stack of that name run: earlier requests may have removed or stopped it.
func (p *prober) lab(t *testing.T) {
	t.Helper()
	for _, target := range []string{"gluster:1", "lab"} {
		body := strings.NewReader(fmt.Sprintf(`{"target":%q,"name":"lab"}`, target))
		req := httptest.NewRequest(http.MethodPost, "/v1/stacks", body)
		req.Header.Set("Content-Type", "application/json")
		w := httptest.NewRecorder()
		p.handler.ServeHTTP(w, req)
	}
}

// probe asks once and demands that a fault of the caller's is called one.
func (p *prober) probe(t *testing.T, name string, r *rand.Rand) {
	t.Helper()
	req := p.request(name, r)
	patience := time.Minute
	if strings.HasSuffix(name, "/events") || strings.HasSuffix(name, "/logs") {
		patience = 20 * time.Millisecond // streams do not end by themselves
	}
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	w := httptest.NewRecorder()
	p.handler.ServeHTTP(w, req.WithContext(ctx))
	if w.Code < 400 {
		return
	}
	var problem api.Problem
	err := json.Unmarshal(w.Body.Bytes(), &problem)
	late := ctx.Err() != nil
	if err != nil || problem.Status != w.Code || problem.Detail == "" || w.Code >= 500 && !late {
		t.Errorf("%s %s: status %d, %.300s, %v", req.Method, req.RequestURI, w.Code, w.Body, err)
	}
	if w.Header().Get("X-Injected") != "" {
		t.Errorf("%s %s: a header of the caller's: %v", req.Method, req.RequestURI, w.Header())
	}
}

// Whatever is asked of a server, the answer is no defect of its own.
func FuzzRoutes(f *testing.F) {
	p := newProber(f)
	for seed := range uint64(16) {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, seed uint64) {
		p.lab(t)
		for i, name := range p.names {
			p.probe(t, name, rand.New(rand.NewPCG(seed, uint64(i)))) //nolint:gosec // it is to be the same each time
		}
	})
}
