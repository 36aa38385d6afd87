//go:build browser

package browser

import (
	"context"
	"flag"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"github.com/ferry-project/ferry"
	"github.com/ferry-project/ferry/internal/api"
)

var pages = []string{"/", "/stacks/sa-1", "/jobs/jo-1", "/stacks/sa-1/logs", "/jobs", "/snapshots", "/images", "/machine", "/try", "/nothing"}

// A link lands on the list of stacks, and is in no address afterwards.
func TestALinkLeadsIn(t *testing.T) {
	o, ctx := open(t), tab(t)
	o.enter(t, ctx)
	if at := eval[string](t, ctx, "location.href + ' ' + document.title + ' ' + document.cookie"); at != o.url("/")+" Stacks · Ferry " {
		t.Errorf("it is at %q", at)
	}
	if n := eval[int](t, ctx, "[...document.querySelectorAll('nav a')].length"); n < 6 {
		t.Errorf("%d links", n)
	}
}

// A state that changes is seen without loading the page, and what one was at stays.
func TestChangesAreSeenLive(t *testing.T) {
	o, ctx := open(t), tab(t)
	o.enter(t, ctx)
	until(t, ctx, "document.querySelector('#row-sa-1 .state').innerText.includes('running')")
	eval[bool](t, ctx, "window.mark = true; document.querySelector('#remove-sa-1').open = true; document.querySelector('#row-sa-1 a').focus(); true")
	o.lab.happens(ferry.Event{Kind: ferry.NodeDied, Stack: "sa-1", Node: "hadoop2"}, func(d *api.Detail) {
		d.Status, d.Problems = ferry.Degraded, []string{"hadoop2 is exited"}
	})
	until(t, ctx, "document.querySelector('#row-sa-1').innerText.includes('hadoop2 is exited')")
	if !eval[bool](t, ctx, "window.mark && document.activeElement.innerText === 'lab'") {
		t.Error("the page was loaded again, or the focus is lost")
	}
	must(t, chromedp.Do(ctx, chromedp.Navigate(o.url("/stacks/sa-1")), chromedp.WaitVisible(chromedp.CSS("svg"))))
	o.lab.happens(ferry.Event{Kind: ferry.OpWaiting, Stack: "sa-1", Job: "jo-1", Node: "hadoop2", Op: "probe hdfs@hadoop2", Do: ferry.AwaitProbe, Message: "in safe mode"},
		func(d *api.Detail) { d.Status, d.Problems = ferry.Starting, nil })
	until(t, ctx, "document.querySelector('#facts .state.busy') && document.querySelector('#nodes').innerText.includes('in safe mode')")
}

// Lines of a log come while one looks, and wait while it is paused.
func TestALogIsFollowed(t *testing.T) {
	o, ctx := open(t), tab(t)
	o.enter(t, ctx)
	must(t, chromedp.Do(ctx, chromedp.Navigate(o.url("/stacks/sa-1/logs"))))
	until(t, ctx, "document.querySelector('#log').innerText.includes('a line that came later')")
	if class := eval[string](t, ctx, "document.querySelector('#log').lastElementChild.className"); class != "error" {
		t.Errorf("an error looks like %q", class)
	}
	must(t, chromedp.Do(ctx, chromedp.Click(chromedp.CSS("#clear"))))
	if n := eval[int](t, ctx, "document.querySelector('#log').childElementCount"); n != 0 {
		t.Errorf("%d lines are left", n)
	}
}

// The policy of the pages is kept by the pages: a browser complains about none.
func TestABrowserHasNothingToComplain(t *testing.T) {
	o, ctx := open(t), tab(t)
	o.enter(t, ctx)
	complaints := complaintsOf(ctx)
	for _, path := range pages {
		must(t, chromedp.Do(ctx, chromedp.Navigate(o.url(path)), chromedp.WaitVisible(chromedp.CSS("h1"))))
		if loose := eval[string](t, ctx, `[...document.querySelectorAll('script:not([src]), style, [style]')].map(e => e.outerHTML).join()`); loose != "" {
			t.Errorf("%s has %s", path, loose)
		}
		if colour := eval[string](t, ctx, "getComputedStyle(document.querySelector('header')).display"); colour != "flex" {
			t.Errorf("%s has no style: %s", path, colour)
		}
		if wide := eval[int](t, ctx, "document.documentElement.scrollWidth - document.documentElement.clientWidth"); wide > 0 {
			t.Errorf("%s is %d pixels too wide", path, wide)
		}
	}
	// One that is sure comes last, so that all before it are there.
	eval[bool](t, ctx, `const s = document.createElement("script"); s.textContent = "last()"; document.body.append(s); true`)
	for c := range complaints {
		if strings.Contains(c, "script-src") || strings.Contains(c, "inline script") {
			break
		}
		if !strings.Contains(c, "404") { // the page that is not there
			t.Error(c)
		}
	}
}

// complaintsOf are the errors on the console of a tab, as they come.
func complaintsOf(ctx context.Context) <-chan string {
	messages, out := chromedp.Console(ctx), make(chan string, 100)
	go func() {
		defer close(out)
		for m, err := range messages {
			if err != nil {
				return
			}
			if m.Type == "error" || m.Type == chromedp.ConsoleException {
				out <- m.Text
			}
		}
	}()
	return out
}

// A phone shows every page without scrolling sideways.
func TestPagesFitAPhone(t *testing.T) {
	o, ctx := open(t), tab(t)
	o.enter(t, ctx)
	must(t, chromedp.Do(ctx, chromedp.EmulateViewport(360, 740)))
	for _, path := range pages {
		must(t, chromedp.Do(ctx, chromedp.Navigate(o.url(path)), chromedp.WaitVisible(chromedp.CSS("h1"))))
		if wide := eval[int](t, ctx, "document.documentElement.scrollWidth - document.documentElement.clientWidth"); wide > 0 {
			t.Errorf("%s is %d pixels too wide", path, wide)
		}
	}
}

// Without scripts everything can be read, and buttons work.
func TestWithoutScripts(t *testing.T) {
	o, ctx := open(t), tab(t)
	_, err := chromedp.Call(ctx, emulation.SetScriptExecutionDisabled, emulation.SetScriptExecutionDisabledParams{Value: true})
	must(t, err)
	o.enter(t, ctx)
	must(t, chromedp.Do(ctx, chromedp.Click(chromedp.CSS(`form[action="/stacks/sa-1/stop"] button`)), chromedp.WaitVisible(chromedp.CSS("#timeline svg"))))
	if got := o.lab.done(); !slices.Equal(got, []string{"stop sa-1"}) {
		t.Errorf("did %q", got)
	}
}

// The keyboard is enough: the first key leads past the navigation, and a stack is stopped by keys.
func TestTheKeyboardIsEnough(t *testing.T) {
	o, ctx := open(t), tab(t)
	o.enter(t, ctx)
	must(t, chromedp.Do(ctx, chromedp.KeyEvent(kb.Tab)))
	if on := eval[string](t, ctx, "document.activeElement.className"); on != "skip" {
		t.Errorf("the first key leads to %q", on)
	}
	must(t, chromedp.Do(ctx, chromedp.KeyEvent(kb.Enter)))
	for range 40 {
		must(t, chromedp.Do(ctx, chromedp.KeyEvent(kb.Tab)))
		if eval[bool](t, ctx, "document.activeElement.closest('form')?.getAttribute('action') === '/stacks/sa-1/stop'") {
			must(t, chromedp.Do(ctx, chromedp.KeyEvent(kb.Enter), chromedp.WaitVisible(chromedp.CSS("#timeline svg"))))
			break
		}
	}
	if got := o.lab.done(); !slices.Equal(got, []string{"stop sa-1"}) {
		t.Errorf("did %q", got)
	}
}

// A file with a fault keeps its text, and the fault has its place.
func TestAFaultyFile(t *testing.T) {
	o, ctx := open(t), tab(t)
	o.enter(t, ctx)
	must(t, chromedp.Do(ctx, chromedp.Navigate(o.url("/try")), chromedp.SetValue(chromedp.CSS("#text"), "backend: glustr"),
		chromedp.Click(chromedp.CSS(`form[action="/try"] button`)), chromedp.WaitVisible(chromedp.CSS("#problem"))))
	if said := eval[string](t, ctx, "document.querySelector('#problem').innerText + document.querySelector('#text').value"); !strings.Contains(said, "line 3, column 20") ||
		!strings.Contains(said, "backend: glustr") {
		t.Error(said)
	}
}

// axe finds nothing in either colour scheme. AXE is its file, which scripts/check gets.
func TestPagesAreAccessible(t *testing.T) {
	axe, err := os.ReadFile(os.Getenv("AXE"))
	if err != nil {
		t.Fatalf("AXE must name axe.min.js: %v", err)
	}
	o, ctx := open(t), tab(t)
	o.enter(t, ctx)
	for _, colours := range []string{"light", "dark"} {
		scheme(t, ctx, colours)
		for _, path := range pages {
			must(t, chromedp.Do(ctx, chromedp.Navigate(o.url(path)), chromedp.WaitVisible(chromedp.CSS("h1"))))
			eval[bool](t, ctx, string(axe)+"; true")
			found := eval[[]string](t, ctx, "axe.run().then(r => r.violations.map(v => v.id + ': ' + v.nodes.map(n => n.html + ' ' + n.failureSummary).join(' | ')))")
			for _, f := range found {
				t.Errorf("%s, %s: %s", path, colours, f)
			}
		}
	}
}

var pictures = flag.String("pictures", "", "folder to write pictures of the pages to")

// With -pictures the pages are painted, for the documents.
func TestPictures(t *testing.T) {
	if *pictures == "" {
		return // a script's business
	}
	o, ctx := open(t), tab(t)
	o.enter(t, ctx)
	must(t, chromedp.Do(ctx, chromedp.EmulateViewport(1100, 620)))
	for path, name := range map[string]string{"/": "stacks", "/stacks/sa-1": "stack", "/jobs/jo-1": "job"} {
		for _, colours := range []string{"light", "dark"} {
			scheme(t, ctx, colours)
			must(t, chromedp.Do(ctx, chromedp.Navigate(o.url(path)), chromedp.WaitVisible(chromedp.CSS("h1"))))
			png, err := chromedp.Run(ctx, chromedp.CaptureScreenshot())
			must(t, err)
			must(t, os.WriteFile(filepath.Join(*pictures, "ui-"+name+"-"+colours+".png"), png, 0o644))
		}
	}
}
