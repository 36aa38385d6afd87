package build

import (
	"archive/tar"
	"bytes"
	"errors"
	"io"
	"maps"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/ferry-project/ferry"
)

// userTar packs a user's folder as `ferry start -b` does, names in order.
func userTar(t *testing.T, files map[string]string) io.Reader {
	t.Helper()
	var b bytes.Buffer
	w := tar.NewWriter(&b)
	for _, name := range slices.Sorted(maps.Keys(files)) {
		h := tar.Header{Typeflag: tar.TypeReg, Name: "./" + name, Mode: 0o640, Size: int64(len(files[name]))}
		if err := w.WriteHeader(&h); err != nil {
			t.Fatal(err)
		}
		_, _ = io.WriteString(w, files[name])
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return &b
}

func TestBuildConnector(t *testing.T) {
	cases := map[string]struct {
		name, dockerfile string
		ref, want        string // want: the Dockerfile as built; CLIENT and BASE stand for references
	}{
		"of today":              {"mine", "FROM ferry/client\nRUN x\n", "ferry-user/mine", "FROM CLIENT\nRUN x\n"},
		"of another generation": {"mine", "FROM ferry/old-client:latest\n", "ferry-user/mine", "FROM CLIENT\n"},
		"by digest":             {"mine", "FROM ferry/client@sha256:12\n", "ferry-user/mine", "FROM CLIENT\n"},
		"named":                 {"mine", "FROM ferry/client\nNAME james/my-client\nRUN x\n", "james/my-client", "FROM CLIENT\n\nRUN x\n"},
		"named without owner":   {"mine", "NAME other\nFROM ferry/client\n", "ferry-user/other", "\nFROM CLIENT\n"},
		"named with a tag":      {"mine", "FROM ferry/client\nNAME a/b:2\n", "a/b:2", "FROM CLIENT\n\n"},
		"named latest":          {"mine", "FROM ferry/client\nNAME a/b:latest\n", "a/b", "FROM CLIENT\n\n"},
		"with stages":           {"mine", "FROM ferry/base AS x\nFROM ferry/client AS y\nFROM y\n", "ferry-user/mine", "FROM BASE AS x\nFROM CLIENT AS y\nFROM y\n"},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, tree())
			ref, err := w.BuildConnector(t.Context(), c.name, userTar(t, map[string]string{"Dockerfile": c.dockerfile, "a/run.sh": "echo"}), none)
			if err != nil || ref != c.ref {
				t.Fatalf("got %q, %v", ref, err)
			}
			b := w.engine.builds[tagged(ref)]
			want := strings.NewReplacer("CLIENT", w.ref(t, "client"), "BASE", w.ref(t, "base")).Replace(c.want)
			if b.files["Dockerfile"] != want || b.files["./a/run.sh"] != "echo" || b.modes["./a/run.sh"] != 0o640 {
				t.Errorf("built from %q, %o\nwant %q", b.files, b.modes["./a/run.sh"], want)
			}
			if !maps.Equal(b.labels, map[string]string{ferry.LabelFerry: "1.2"}) {
				t.Errorf("labels %v", b.labels)
			}
			if _, ok, _ := w.engine.HasImage(t.Context(), w.ref(t, "client")); !ok {
				t.Error("the client itself was not built")
			}
			if left, _ := os.ReadDir(w.Home); len(left) > 0 {
				t.Errorf("left behind: %v", left)
			}
		})
	}
}

func TestConnectorRefused(t *testing.T) {
	cases := map[string]struct {
		name    string
		files   map[string]string
		message string
		hint    string
	}{
		"no Dockerfile":      {"x", map[string]string{"a": ""}, "the connector's folder has no Dockerfile", "FROM one of Ferry's clients"},
		"Dockerfile below":   {"x", map[string]string{"a/Dockerfile": "FROM ferry/client"}, "the connector's folder has no Dockerfile", ""},
		"no FROM":            {"x", map[string]string{"Dockerfile": "RUN x"}, "this is no Dockerfile of a connector: its Dockerfile has no FROM", "one of ferry/client"},
		"not a client":       {"x", map[string]string{"Dockerfile": "FROM debian:12"}, "the Dockerfile's last stage is FROM debian:12, which is not one of Ferry's clients", "a connector is FROM one of ferry/client"},
		"a server":           {"x", map[string]string{"Dockerfile": "FROM ferry/server"}, "the Dockerfile's last stage is FROM ferry/server, which is not one of Ferry's clients", "ferry/client"},
		"unknown":            {"x", map[string]string{"Dockerfile": "FROM ferry/none:1"}, "the Dockerfile is FROM ferry/none:1, which Ferry does not have", "ferry/client"},
		"client not last":    {"x", map[string]string{"Dockerfile": "FROM ferry/client AS a\nFROM scratch"}, "the Dockerfile's last stage is FROM scratch, which is not one of Ferry's clients", ""},
		"capitals":           {"x", map[string]string{"Dockerfile": "FROM ferry/client\nNAME James/x"}, `"James/x" cannot be the name of an image`, "small letters"},
		"flag as name":       {"-x", map[string]string{"Dockerfile": "FROM ferry/client"}, `"-x" cannot be the name of an image`, ""},
		"Ferry's own name":   {"x", map[string]string{"Dockerfile": "FROM ferry/client\nNAME ferry/mine"}, "ferry/mine cannot be the name of a connector: ferry/ is for Ferry's own images", "NAME you/mine"},
		"an official name":   {"x", map[string]string{"Dockerfile": "FROM ferry/client\nNAME library/other:1"}, "library/other:1 cannot be the name of a connector: it means the official image other", "NAME you/other"},
		"no name":            {"", map[string]string{"Dockerfile": "FROM ferry/client"}, "the connector has no name", "NAME you/"},
		"copying from Ferry": {"x", map[string]string{"Dockerfile": "FROM ferry/client\nCOPY --from=ferry/base /a /a"}, "this is no Dockerfile of a connector: it copies from ferry/base: name that in a stage, FROM ferry/base AS …, and copy from the stage", ""},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, tree())
			_, err := w.BuildConnector(t.Context(), c.name, userTar(t, c.files), none)
			e := wants(t, err, ferry.Invalid)
			if e.Message != c.message || !strings.Contains(e.Hint, c.hint) {
				t.Errorf("said %q, hint %q", e.Message, e.Hint)
			}
			if len(w.engine.order) > 0 {
				t.Errorf("built %v", w.engine.order)
			}
		})
	}
}

func TestConnectorNotATar(t *testing.T) {
	w := newWorld(t, tree())
	_, err := w.BuildConnector(t.Context(), "x", strings.NewReader(strings.Repeat("no tar", 200)), none)
	wants(t, err, ferry.Invalid)
	broken := errors.New("hung up")
	_, err = w.BuildConnector(t.Context(), "x", io.MultiReader(strings.NewReader("x"), errReader{broken}), none)
	if !errors.Is(err, broken) {
		t.Errorf("got %v", err)
	}
}

type errReader struct{ err error }

func (r errReader) Read([]byte) (int, error) { return 0, r.err }

func TestConnectorOfAConnector(t *testing.T) {
	w := newWorld(t, tree())
	w.engine.AddImage("james/mine", map[string]string{ferry.LabelClient: "client"})
	if _, err := w.BuildConnector(t.Context(), "x", userTar(t, map[string]string{"Dockerfile": "FROM james/mine"}), none); err != nil {
		t.Error(err)
	}
}

func TestConnectorFails(t *testing.T) {
	w := newWorld(t, tree())
	w.fails["build-step RUN bad"] = errors.New("exit code 1")
	_, err := w.BuildConnector(t.Context(), "x", userTar(t, map[string]string{"Dockerfile": "FROM ferry/client\nRUN bad"}), none)
	if e := wants(t, err, ferry.Failed); e.Message != "building ferry-user/x failed in step 2/2, RUN bad" {
		t.Errorf("said %q", e.Message)
	}
}

func TestConnectorLeavesOutWhatIsIgnored(t *testing.T) {
	w := newWorld(t, tree())
	_, err := w.BuildConnector(t.Context(), "x", userTar(t, map[string]string{
		"Dockerfile": "FROM ferry/client\n", ".dockerignore": "data\n*\n!keep\nDockerfile\n", "data/big": "x", "keep/small": "y", "other": "z",
	}), none)
	if err != nil {
		t.Fatal(err)
	}
	got := slices.Sorted(maps.Keys(w.engine.builds["ferry-user/x:latest"].files))
	if !slices.Equal(got, []string{"./keep/small", "Dockerfile"}) {
		t.Errorf("sent %v", got)
	}
}

func TestConnectorRef(t *testing.T) {
	for name, want := range map[string]string{
		"a": "ferry-user/a", "a:1": "ferry-user/a:1", "a/b": "a/b", "a/b/c:1.2": "a/b/c:1.2", "a-b/c_d": "a-b/c_d", "a/b:latest": "a/b",
		"registry.example/a": "registry.example/a", "registry.example:5000/a/b": "registry.example:5000/a/b", "host:5000/a": "host:5000/a",
		"docker.io/james/x:2": "james/x:2", "index.docker.io/james/x": "james/x",
		"A/b": "", "a//b": "", "a/": "", "/a": "", "a b": "", "a/b:": "", "a:b:c": "", "a/-b": "", "a..b": "", "ä": "", "a\nb": "", "": "",
		"a/b@sha256:" + strings.Repeat("1", 64): "", strings.Repeat("a/", 130) + "b": "",
		// what would be the name of an image that others rely on
		"library/debian": "", "library/other:1": "", "docker.io/debian": "", "docker.io/library/debian:12": "", "index.docker.io/library/debian": "",
		"ferry/base": "", "docker.io/ferry/mpi-client:0123": "", "index.docker.io/ferry/base": "",
	} {
		got, err := connectorRef(name, "")
		if got != want || (err == nil) != (want != "") {
			t.Errorf("%q is %q, %v", name, got, err)
		}
		if err != nil && (ferry.CodeOf(err) != ferry.Invalid || !strings.Contains(wants(t, err, ferry.Invalid).Hint+err.Error(), "NAME you/")) {
			t.Errorf("%q: %v", name, err)
		}
	}
}

// A foreign image keeps its name, a connector is built again under its own.
func TestConnectorTakesNoOthersPlace(t *testing.T) {
	for labels, refused := range map[string]bool{"": true, ferry.LabelRecipe: true, ferry.LabelClient: false} {
		for name, dockerfile := range map[string]string{"x": "FROM ferry/client\n", "": "FROM ferry/client\nNAME ferry-user/x:latest\n"} {
			w := newWorld(t, tree())
			w.engine.AddImage("ferry-user/x:latest", map[string]string{labels: "y"})
			_, err := w.BuildConnector(t.Context(), name, userTar(t, map[string]string{"Dockerfile": dockerfile}), none)
			if (err != nil) != refused || refused && wants(t, err, ferry.Invalid).Message !=
				"ferry-user/x cannot be the name of a connector: there is an image ferry-user/x that is none" {
				t.Errorf("label %q: %v", labels, err)
			}
			if built := len(w.engine.order) > 0; built == refused {
				t.Errorf("label %q: built %v", labels, w.engine.order)
			}
		}
	}
}

func TestConnectorWithAWrongIgnoreFile(t *testing.T) {
	w := newWorld(t, tree())
	_, err := w.BuildConnector(t.Context(), "x", userTar(t, map[string]string{"Dockerfile": "FROM ferry/client\n", ".dockerignore": "a\n[b"}), none)
	if e := wants(t, err, ferry.Invalid); !strings.HasPrefix(e.Error(), `.dockerignore:2:1: "[b" is no pattern`) {
		t.Errorf("said %v", e)
	}
}
