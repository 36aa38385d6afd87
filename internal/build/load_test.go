package build

import (
	"io/fs"
	"maps"
	"regexp"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
)

// texts makes a file system of texts by path.
func texts(files map[string]string) fstest.MapFS {
	f := fstest.MapFS{}
	for name, text := range files {
		f[name] = &fstest.MapFile{Data: []byte(text)}
	}
	return f
}

// tree is the recipes of most tests: client on server on base, and a builder.
func tree() map[string]string {
	return map[string]string{
		"base/Dockerfile":    "FROM debian:bookworm-slim\nRUN a\n",
		"base/rootfs/init":   "#!/bin/sh\n",
		"base/rootfs/conf":   "x\n",
		"server/Dockerfile":  "FROM ferry/base\nRUN b\n",
		"other/Dockerfile":   "FROM ferry/base\nRUN c\n",
		"maven/Dockerfile":   "# ferry: builder\nFROM ferry/base\nRUN d\n",
		"client/Dockerfile":  "FROM ferry/maven AS jars\nRUN e\nFROM ferry/server\nCOPY --from=jars /x /x\nLABEL ferry.client=client\n",
		"README.md":          "not a recipe",
		"unfinished/hint.md": "a folder without a Dockerfile",
	}
}

func mustLoad(t *testing.T, files map[string]string) *Recipes {
	t.Helper()
	rs, err := Load(texts(files))
	if err != nil {
		t.Fatal(err)
	}
	return rs
}

func TestLoad(t *testing.T) {
	rs := mustLoad(t, tree())
	if got := slices.Sorted(maps.Keys(rs.Refs())); !slices.Equal(got, []string{"base", "client", "other", "server"}) {
		t.Errorf("nodes can be made of %v", got)
	}
	if got := slices.Sorted(maps.Keys(rs.Builders())); !slices.Equal(got, []string{"maven"}) {
		t.Errorf("the builders are %v", got)
	}
	if ref, ok := rs.Ref("maven"); !ok || !regexp.MustCompile(`^ferry/maven:[0-9a-f]{12}$`).MatchString(ref) {
		t.Errorf("the builder's reference is %q", ref)
	}
	if ref, ok := rs.Ref("unfinished"); ok {
		t.Errorf("a folder without a Dockerfile became %s", ref)
	}
}

func TestLoadRefuses(t *testing.T) {
	cases := map[string]struct {
		files map[string]string
		want  string
	}{
		"unknown parent": {map[string]string{"a/Dockerfile": "FROM ferry/gone\n"}, "recipe a: there is no recipe gone"},
		"a tag":          {map[string]string{"a/Dockerfile": "FROM x\n", "b/Dockerfile": "FROM ferry/a:1\n"}, "there is no recipe a:1"},
		"cycle": {map[string]string{
			"a/Dockerfile": "FROM ferry/b\n", "b/Dockerfile": "FROM ferry/c\n", "c/Dockerfile": "FROM ferry/b\n",
		}, "b is its own ancestor: b → c → b"},
		"itself":   {map[string]string{"a/Dockerfile": "FROM ferry/a\n"}, "a is its own ancestor: a → a"},
		"no FROM":  {map[string]string{"a/Dockerfile": "RUN x\n"}, "recipe a: its Dockerfile has no FROM"},
		"shipping": {map[string]string{"m/Dockerfile": "# ferry: builder\nFROM x\n", "a/Dockerfile": "FROM ferry/m\n"}, "recipe a: its last stage is made of ferry/m"},
		"shipping a stage": {map[string]string{
			"m/Dockerfile": "# ferry: builder\nFROM x\n", "a/Dockerfile": "FROM ferry/m AS one\nFROM one AS two\nFROM two\n",
		}, "recipe a: its last stage is made of ferry/m"},
		"copying from an image": {map[string]string{"a/Dockerfile": "FROM x\nCOPY --from=ferry/m /a /b\n"}, "name that in a stage, FROM ferry/m AS …"},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			_, err := Load(texts(c.files))
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("got %v, want %q", err, c.want)
			}
		})
	}
}

func TestRefFollowsContent(t *testing.T) {
	before := mustLoad(t, tree()).Refs()
	cases := map[string]struct {
		change  func(map[string]string)
		changed []string
	}{
		"nothing":         {func(map[string]string) {}, nil},
		"outside recipes": {func(f map[string]string) { f["README.md"] = "new" }, nil},
		"base's file":     {func(f map[string]string) { f["base/rootfs/conf"] = "y\n" }, []string{"base", "client", "other", "server"}},
		"a file's name": {func(f map[string]string) {
			delete(f, "base/rootfs/conf")
			f["base/rootfs/conf2"] = "x\n"
		}, []string{"base", "client", "other", "server"}},
		"a new file":      {func(f map[string]string) { f["server/a"] = "" }, []string{"client", "server"}},
		"a builder stage": {func(f map[string]string) { f["maven/Dockerfile"] += "RUN x\n" }, []string{"client"}},
		"a leaf":          {func(f map[string]string) { f["other/Dockerfile"] += "\n" }, []string{"other"}},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			files := tree()
			c.change(files)
			var changed []string
			for recipe, ref := range mustLoad(t, files).Refs() {
				if before[recipe] != ref {
					changed = append(changed, recipe)
				}
			}
			slices.Sort(changed)
			if !slices.Equal(changed, c.changed) {
				t.Errorf("changed: %v, want %v", changed, c.changed)
			}
		})
	}
}

func TestRefIgnoresModes(t *testing.T) {
	f := texts(tree())
	want := mustLoad(t, tree()).Refs()
	f["base/rootfs/init"].Mode = fs.FileMode(0o755) // as on disk; embedded, it has none
	rs, err := Load(f)
	if err != nil || !maps.Equal(rs.Refs(), want) {
		t.Errorf("got %v, want %v, %v", rs.Refs(), want, err)
	}
}
