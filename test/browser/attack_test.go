//go:build browser

package browser

import (
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
)

// A link that was followed lets in nobody else.
func TestALinkIsNotReplayed(t *testing.T) {
	o := open(t)
	link, _ := o.door.Link()
	first := tab(t)
	must(t, chromedp.Do(first, chromedp.Navigate(link), chromedp.WaitVisible(chromedp.CSS("nav"))))
	second := tab(t)
	must(t, chromedp.Do(second, chromedp.Navigate(link)))
	if said := eval[string](t, second, "document.body.innerText"); !strings.Contains(said, "followed already") {
		t.Error(said)
	}
	must(t, chromedp.Do(second, chromedp.Navigate(o.url("/"))))
	if said := eval[string](t, second, "document.body.innerText"); !strings.Contains(said, "Nobody is logged in here") {
		t.Error(said)
	}
}

// A page of another site, of another port, or of another name below localhost makes the
// browser of who is logged in do nothing here, and sees nothing.
func TestOtherSitesGetNowhere(t *testing.T) {
	o, ctx := open(t), tab(t)
	o.enter(t, ctx)
	page := site(t, `<!doctype html><title>evil</title>
<form id="f" method="post" action="`+o.url("/stacks/sa-1/remove")+`"></form><iframe id="frame" src="`+o.url("/")+`"></iframe>`)
	_, port, _ := strings.Cut(strings.TrimPrefix(page.URL, "http://"), ":")
	for _, host := range []string{"127.0.0.1", "evil.example", "evil.localhost", "ferry.localhost"} {
		from := "http://" + host + ":" + port + "/"
		must(t, chromedp.Do(ctx, chromedp.Navigate(from)))
		tried := eval[string](t, ctx, `(async () => {
			const said = [];
			const base = "`+o.url("")+`";
			for (const [path, how] of [["/", {}], ["/stacks/sa-1/remove", {method: "POST"}], ["/start", {method: "POST", body: new URLSearchParams({target: "hadoop"})}]]) {
				try { const r = await fetch(base + path, {credentials: "include", ...how}); said.push(path + " was read: " + (await r.text()).slice(0, 80)); } catch (e) {}
				try { await fetch(base + path, {credentials: "include", mode: "no-cors", ...how}); } catch (e) {}
			}
			navigator.sendBeacon(base + "/stacks/sa-1/remove", new URLSearchParams({x: 1}));
			await new Promise(done => { const ws = new WebSocket(base.replace("http", "ws") + "/events"); ws.onopen = () => { said.push("a WebSocket opened"); done(); }; ws.onerror = done; });
			await new Promise(done => { const es = new EventSource(base + "/events?about=stacks", {withCredentials: true}); es.onopen = () => { said.push("events were read"); done(); }; es.onerror = done; });
			try { if (document.getElementById("frame").contentDocument) { said.push("the frame was read: " + document.getElementById("frame").contentDocument.body.innerText.slice(0, 80)); } } catch (e) {}
			return said.join("; ");
		})()`)
		if tried != "" && !strings.HasPrefix(tried, "the frame was read: ;") && tried != "the frame was read: " {
			t.Errorf("%s: %s", from, tried)
		}
		must(t, chromedp.Do(ctx, chromedp.Submit(chromedp.CSS("#f"))))
		until(t, ctx, "location.pathname === '/stacks/sa-1/remove' && document.body")
		if said := eval[string](t, ctx, "document.body.innerText"); !strings.Contains(said, "comes from another page") {
			t.Errorf("%s: a form says %s", from, said)
		}
	}
	if got := o.lab.done(); len(got) > 0 {
		t.Errorf("it did %q", got)
	}
}

// A name of somebody else's that leads to this machine is not the page's.
func TestRebindingLeadsNowhere(t *testing.T) {
	o, ctx := open(t), tab(t)
	o.enter(t, ctx)
	link, _ := o.door.Link()
	for _, address := range []string{
		"http://evil.example:" + o.port + "/", "http://127.0.0.1:" + o.port + "/", "http://localhost:" + o.port + "/",
		strings.Replace(link, "ferry.localhost", "evil.example", 1), strings.Replace(link, "ferry.localhost", "127.0.0.1", 1),
	} {
		must(t, chromedp.Do(ctx, chromedp.Navigate(address)))
		if said := eval[string](t, ctx, "document.body.innerText"); !strings.Contains(said, "has another address") {
			t.Errorf("%s: %s", address, said)
		}
	}
}
