package login

import (
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"
)

// clock is a time that tests set.
type clock struct {
	mu sync.Mutex
	t  time.Time
}

func (c *clock) now() time.Time { c.mu.Lock(); defer c.mu.Unlock(); return c.t }
func (c *clock) pass(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.t = c.t.Add(d)
}

// page is a guarded page that counts who was let in.
type page struct {
	door  *Door
	clock *clock
	h     http.Handler
	let   int
}

const host = "ferry.localhost:7733"

func newPage() *page {
	p := &page{clock: &clock{t: time.Date(2026, 11, 25, 12, 0, 0, 0, time.UTC)}}
	p.door = &Door{Host: host, Cookie: "ferry_7733", Now: p.clock.now}
	p.h = p.door.Guard(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { p.let++ }))
	return p
}

// ask sends a request as a browser would; header is a list of names and values.
func (p *page) ask(method, url string, header ...string) *http.Response {
	r := httptest.NewRequest(method, url, nil)
	for i := 0; i < len(header); i += 2 {
		if header[i] == "Host" {
			r.Host = header[i+1]
			continue
		}
		r.Header.Set(header[i], header[i+1])
	}
	w := httptest.NewRecorder()
	p.h.ServeHTTP(w, r)
	return w.Result()
}

// logIn follows a link and returns the cookie as a header's value.
func (p *page) logIn(t *testing.T) string {
	t.Helper()
	link, _ := p.door.Link()
	r := p.ask("GET", link)
	if r.StatusCode != http.StatusSeeOther || r.Header.Get("Location") != "/" {
		t.Fatalf("a good link: %d to %q", r.StatusCode, r.Header.Get("Location"))
	}
	c := r.Cookies()[0]
	return c.Name + "=" + c.Value
}

func TestALinkLogsInOnce(t *testing.T) {
	p := newPage()
	link, expires := p.door.Link()
	if !strings.HasPrefix(link, "http://"+host+"/login?t=") || expires.Sub(p.clock.now()) != 5*time.Minute {
		t.Errorf("link %s until %s", link, expires)
	}
	r := p.ask("GET", link)
	c := r.Cookies()[0]
	if !c.HttpOnly || c.SameSite != http.SameSiteStrictMode || c.Domain != "" || c.Path != "/" || c.Name != "ferry_7733" {
		t.Errorf("cookie %+v", c)
	}
	if p.ask("GET", "http://"+host+"/", "Cookie", c.Name+"="+c.Value).StatusCode != 200 || p.let != 1 {
		t.Error("who is logged in is not let in")
	}
	if again := p.ask("GET", link); again.StatusCode != http.StatusForbidden || len(again.Cookies()) > 0 {
		t.Errorf("a link that was followed: %d %v", again.StatusCode, again.Cookies())
	}
}

// Nobody gets in without a session, whatever is tried.
func TestNobodyElseGetsIn(t *testing.T) {
	p := newPage()
	cookie := p.logIn(t)
	link, _ := p.door.Link()
	token := link[strings.Index(link, "t=")+2:]
	origin := "http://" + host
	for name, a := range map[string]struct {
		method, url string
		header      []string
		status      int
	}{
		"without a cookie":             {"GET", origin + "/", nil, 401},
		"without, a static file":       {"GET", origin + "/static/live.js", nil, 401},
		"without, the events":          {"GET", origin + "/events", nil, 401},
		"an invented session":          {"GET", origin + "/", []string{"Cookie", "ferry_7733=AAAAAAAAAAAAAAAAAAAAAAAAAA"}, 401},
		"an empty session":             {"GET", origin + "/", []string{"Cookie", "ferry_7733="}, 401},
		"a token as a session":         {"GET", origin + "/", []string{"Cookie", "ferry_7733=" + token}, 401},
		"a session as a token":         {"GET", origin + "/login?t=" + cookie[len("ferry_7733="):], nil, 403},
		"the cookie of another port":   {"GET", origin + "/", []string{"Cookie", strings.Replace(cookie, "7733", "7734", 1)}, 401},
		"an empty token":               {"GET", origin + "/login?t=", nil, 403},
		"no token":                     {"GET", origin + "/login", nil, 403},
		"a token as a bearer":          {"GET", origin + "/", []string{"Authorization", "Bearer " + token}, 401},
		"a name that was made to lead": {"GET", origin + "/", []string{"Host", "evil.example:7733", "Cookie", cookie}, 421},
		"an address":                   {"GET", origin + "/", []string{"Host", "127.0.0.1:7733", "Cookie", cookie}, 421},
		"localhost":                    {"GET", origin + "/", []string{"Host", "localhost:7733", "Cookie", cookie}, 421},
		"another port":                 {"GET", origin + "/", []string{"Host", "ferry.localhost:80", "Cookie", cookie}, 421},
		"no port":                      {"GET", origin + "/", []string{"Host", "ferry.localhost", "Cookie", cookie}, 421},
		"a link by another name":       {"GET", link, []string{"Host", "evil.example:7733"}, 421},
		"a form of another page":       {"POST", origin + "/start", []string{"Cookie", cookie, "Origin", "http://evil.example"}, 403},
		"a form of another port":       {"POST", origin + "/start", []string{"Cookie", cookie, "Origin", "http://ferry.localhost:9870"}, 403},
		"a form of nowhere":            {"POST", origin + "/start", []string{"Cookie", cookie, "Origin", "null"}, 403},
		"a form that does not say":     {"POST", origin + "/start", []string{"Cookie", cookie}, 403},
		"a form by TLS":                {"POST", origin + "/start", []string{"Cookie", cookie, "Origin", "https://" + host}, 403},
		"a change without a cookie":    {"POST", origin + "/start", []string{"Origin", origin}, 401},
		"a WebSocket of another page":  {"GET", origin + "/terminal", []string{"Cookie", cookie, "Upgrade", "websocket", "Origin", "http://evil.example"}, 403},
		"a WebSocket of nobody":        {"GET", origin + "/terminal", []string{"Cookie", cookie, "Upgrade", "websocket"}, 403},
		"a WebSocket without a cookie": {"GET", origin + "/terminal", []string{"Upgrade", "websocket", "Origin", origin}, 401},
		"a link that is posted":        {"POST", link, []string{"Origin", origin}, 405},
		"a link that is only looked":   {"HEAD", link, nil, 405},
		"logging out by another page":  {"POST", origin + "/logout", []string{"Cookie", cookie, "Origin", "http://evil.example"}, 403},
		"another method":               {"DELETE", origin + "/", []string{"Cookie", cookie}, 403},
	} {
		r := p.ask(a.method, a.url, a.header...)
		if r.StatusCode != a.status || p.let > 0 {
			t.Errorf("%s: %d, want %d; let in %d", name, r.StatusCode, a.status, p.let)
		}
		if r.Header.Get("Content-Security-Policy") != policy || len(r.Cookies()) > 0 {
			t.Errorf("%s: %v", name, r.Header)
		}
		p.let = 0
	}
	if p.ask("GET", link).StatusCode != http.StatusSeeOther {
		t.Error("the link was used up by who was not let in")
	}
	if p.ask("POST", origin+"/start", "Cookie", cookie, "Origin", origin).StatusCode != 200 || p.let != 1 {
		t.Error("a form of the page itself is refused")
	}
}

func TestLinksAndSessionsEnd(t *testing.T) {
	p := newPage()
	link, _ := p.door.Link()
	p.clock.pass(5 * time.Minute)
	if r := p.ask("GET", link); r.StatusCode != http.StatusForbidden {
		t.Errorf("an old link: %d", r.StatusCode)
	}
	cookie := p.logIn(t)
	p.clock.pass(71 * time.Hour)
	if r := p.ask("GET", "http://"+host+"/", "Cookie", cookie); r.StatusCode != 200 || len(r.Cookies()) != 1 {
		t.Errorf("a session in use is not renewed: %d %v", r.StatusCode, r.Cookies())
	}
	p.clock.pass(71 * time.Hour)
	if r := p.ask("GET", "http://"+host+"/", "Cookie", cookie); r.StatusCode != 200 {
		t.Errorf("a renewed session: %d", r.StatusCode)
	}
	p.clock.pass(72 * time.Hour)
	if r := p.ask("GET", "http://"+host+"/", "Cookie", cookie); r.StatusCode != 401 {
		t.Errorf("a session of nobody: %d", r.StatusCode)
	}
}

func TestLoggingOut(t *testing.T) {
	p := newPage()
	cookie := p.logIn(t)
	r := p.ask("POST", "http://"+host+"/logout", "Cookie", cookie, "Origin", "http://"+host)
	if r.StatusCode != 200 || len(r.Cookies()) != 1 || r.Cookies()[0].MaxAge >= 0 {
		t.Errorf("%d %v", r.StatusCode, r.Cookies())
	}
	if r := p.ask("GET", "http://"+host+"/", "Cookie", cookie); r.StatusCode != 401 {
		t.Errorf("after logging out: %d", r.StatusCode)
	}
}

// However many links are asked for, few are kept, and the newest works.
func TestLinksAreBounded(t *testing.T) {
	p := newPage()
	first, _ := p.door.Link()
	for range most {
		p.clock.pass(time.Second)
		p.door.Link()
	}
	if r := p.ask("GET", first); r.StatusCode != http.StatusForbidden {
		t.Errorf("the first link: %d", r.StatusCode)
	}
	if n := len(p.door.links); n != most {
		t.Errorf("%d links are kept", n)
	}
	p.logIn(t)
}

// Two browsers that follow one link at once: one is let in.
func TestALinkIsRacedFor(t *testing.T) {
	p := newPage()
	link, _ := p.door.Link()
	var all sync.WaitGroup
	in := make(chan bool, 20)
	for range 20 {
		all.Go(func() { in <- p.ask("GET", link).StatusCode == http.StatusSeeOther })
	}
	all.Wait()
	close(in)
	n := 0
	for ok := range in {
		if ok {
			n++
		}
	}
	if n != 1 {
		t.Errorf("%d were let in", n)
	}
}

// As a client that keeps cookies and follows redirects sees it.
func TestARealClient(t *testing.T) {
	p := newPage()
	s := httptest.NewServer(p.h)
	defer s.Close()
	u, _ := url.Parse(s.URL)
	p.door.Host = u.Host
	jar, _ := cookiejar.New(nil)
	c := &http.Client{Jar: jar}
	link, _ := p.door.Link()
	r, err := c.Get(link)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Body.Close()
	if r.StatusCode != 200 || r.Request.URL.RawQuery != "" || r.Request.URL.Path != "/" || p.let != 1 {
		t.Errorf("%d at %s, let in %d", r.StatusCode, r.Request.URL, p.let)
	}
}
