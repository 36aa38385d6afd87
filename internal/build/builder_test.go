package build

import (
	"context"
	"errors"
	"maps"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"

	"github.com/ferry-project/ferry"
	"github.com/ferry-project/ferry/internal/engine"
)

func TestEnsureBuildsParentsFirst(t *testing.T) {
	w := newWorld(t, tree())
	var said []string
	if err := w.Ensure(t.Context(), "client", func(line string) { said = append(said, line) }); err != nil {
		t.Fatal(err)
	}
	order := w.engine.order
	at := func(recipe string) int { return slices.Index(order, w.ref(t, recipe)) }
	if len(order) != 4 || at("base") != 0 || at("client") != 3 || at("server") < 0 || at("maven") < 0 {
		t.Errorf("built in the order %v", order)
	}
	if !slices.Contains(said, "building "+w.ref(t, "client")) || !slices.Contains(said, "building "+w.ref(t, "base")) {
		t.Errorf("said %q", said)
	}
}

func TestEnsureOfWhatIsThere(t *testing.T) {
	w := newWorld(t, tree())
	w.engine.AddImage(w.ref(t, "client"), nil)
	if err := w.Ensure(t.Context(), "client", func(line string) { t.Errorf("said %q", line) }); err != nil {
		t.Fatal(err)
	}
	if calls := w.engine.Calls(); len(calls) != 1 || calls[0].Name != "has-image" {
		t.Errorf("asked the engine %v", calls)
	}
}

func TestEnsureUnknown(t *testing.T) {
	e := wants(t, newWorld(t, tree()).Ensure(t.Context(), "sever", none), ferry.NotFound)
	if !strings.Contains(e.Hint, "base, client, maven, other, server") {
		t.Errorf("hint %q", e.Hint)
	}
}

func TestBuildIsComplete(t *testing.T) {
	w := newWorld(t, tree())
	w.Host = hostWith(t, map[string]string{"ca/a.crt": "A", "os-release": bookworm, "debian.sources": mirror})
	w.Host.Proxies = map[string]string{"http_proxy": "http://p:1"}
	if err := w.Ensure(t.Context(), "client", none); err != nil {
		t.Fatal(err)
	}
	base := w.engine.builds[w.ref(t, "base")]
	if want := map[string]string{"http_proxy": "http://p:1", "HTTP_PROXY": "http://p:1", "FERRY_APT_SOURCES": mirror}; !maps.Equal(base.args, want) {
		t.Errorf("arguments %v", base.args)
	}
	if want := map[string]string{ferry.LabelFerry: "1.2", ferry.LabelRecipe: "base"}; !maps.Equal(base.labels, want) {
		t.Errorf("labels %v", base.labels)
	}
	if got, want := base.files["Dockerfile"], "FROM "+debianRef+"\nRUN a\n"; got != want {
		t.Errorf("Dockerfile %q, want %q", got, want)
	}
	if base.modes["rootfs/init"] != 0o755 || base.modes["rootfs/conf"] != 0o644 || base.modes["rootfs/"] != 0o755 {
		t.Errorf("modes %v", base.modes)
	}
}

func TestOnlyBuilderStagesGetTheHost(t *testing.T) {
	w := newWorld(t, tree())
	w.Host = hostWith(t, map[string]string{"ca/a.crt": "A", "settings.xml": "S", "pip.conf": "P"})
	if err := w.Ensure(t.Context(), "client", none); err != nil {
		t.Fatal(err)
	}
	host := strings.Join([]string{
		"COPY .ferry-host/ca/ /usr/local/share/ca-certificates/",
		"RUN if command -v update-ca-certificates >/dev/null; then update-ca-certificates; fi",
		"COPY .ferry-host/settings.xml /root/.m2/settings.xml",
		"COPY .ferry-host/pip.conf /etc/pip.conf", "",
	}, "\n")
	for recipe, want := range map[string]string{
		"maven": "# ferry: builder\nFROM " + w.ref(t, "base") + "\n" + host + "RUN d\n",
		"client": "FROM " + w.ref(t, "maven") + " AS jars\n" + host + "RUN e\nFROM " + w.ref(t, "server") +
			"\nCOPY --from=jars /x /x\nLABEL ferry.client=client\n",
		"server": "FROM " + w.ref(t, "base") + "\nRUN b\n",
	} {
		b := w.engine.builds[w.ref(t, recipe)]
		if b.files["Dockerfile"] != want {
			t.Errorf("%s is built from\n%s\nwant\n%s", recipe, b.files["Dockerfile"], want)
		}
		if _, has := b.files[".ferry-host/settings.xml"]; has != (recipe != "server") {
			t.Errorf("%s has the host's files: %v", recipe, has)
		}
	}
}

func TestManyAskOneIsBuilt(t *testing.T) {
	w := newWorld(t, tree())
	var all sync.WaitGroup
	for range 20 {
		for _, recipe := range []string{"client", "server", "other", "maven", "base"} {
			all.Go(func() {
				if err := w.Ensure(t.Context(), recipe, none); err != nil {
					t.Error(err)
				}
			})
		}
	}
	all.Wait()
	if n := len(w.engine.order); n != 5 {
		t.Errorf("%d builds: %v", n, w.engine.order)
	}
}

func TestTwoBuildsAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		files := map[string]string{}
		for _, name := range []string{"a", "b", "c", "d"} {
			files[name+"/Dockerfile"] = "FROM scratch\nLABEL name=" + name + "\n"
		}
		w := newWorld(t, files)
		hold := make(chan struct{})
		w.engine.during = func(context.Context, string) { <-hold }
		var all sync.WaitGroup
		for name := range w.Recipes.Refs() {
			all.Go(func() { _ = w.Ensure(t.Context(), name, none) })
		}
		synctest.Wait()
		if w.engine.most != parallelBuilds {
			t.Errorf("%d builds at once", w.engine.most)
		}
		close(hold)
		all.Wait()
		if w.engine.most != parallelBuilds || len(w.engine.order) != 4 {
			t.Errorf("%d at once, of %d builds", w.engine.most, len(w.engine.order))
		}
	})
}

func TestFailedBuild(t *testing.T) {
	w := newWorld(t, tree())
	w.fails["build-step RUN b"] = errors.New("the command returned a non-zero code: 7")
	e := wants(t, w.Ensure(t.Context(), "client", none), ferry.Failed)
	if e.Message != "building server failed in step 2/2, RUN b" {
		t.Errorf("said %q", e.Message)
	}
	if !strings.Contains(e.Output, "Step 1/2 : FROM") || !strings.HasSuffix(e.Output, "non-zero code: 7") {
		t.Errorf("output %q", e.Output)
	}
	for _, recipe := range []string{"server", "client"} {
		if _, ok, _ := w.engine.HasImage(t.Context(), w.ref(t, recipe)); ok {
			t.Errorf("a failed build left %s", recipe)
		}
	}
	delete(w.fails, "build-step RUN b")
	if err := w.Ensure(t.Context(), "client", none); err != nil {
		t.Errorf("the next try: %v", err)
	}
}

func TestFullDisk(t *testing.T) {
	w := newWorld(t, tree())
	w.fails["build-step RUN b"] = errors.New("write /x: no space left on device")
	e := wants(t, w.Ensure(t.Context(), "server", none), ferry.Failed)
	if e.Message != "building server failed: the engine's disk is full" || !strings.Contains(e.Hint, "ferry images rm") {
		t.Errorf("said %q, hint %q", e.Message, e.Hint)
	}
}

func TestEngineAway(t *testing.T) {
	w := newWorld(t, tree())
	w.engine.SetDown(true)
	if err := w.Ensure(t.Context(), "server", none); !errors.Is(err, engine.ErrUnavailable) {
		t.Errorf("got %v", err)
	}
}

func TestCancelledBuild(t *testing.T) {
	w := newWorld(t, tree())
	ctx, cancel := context.WithCancel(t.Context())
	w.engine.during = func(ctx context.Context, ref string) {
		if ref == w.ref(t, "server") {
			cancel()
			<-ctx.Done()
		}
	}
	if err := w.Ensure(ctx, "server", none); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
}
