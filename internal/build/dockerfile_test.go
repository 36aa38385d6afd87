package build

import (
	"slices"
	"testing"
)

func TestParseDockerfile(t *testing.T) {
	cases := map[string]struct {
		text    string
		images  []string
		builder bool
		name    string
	}{
		"one stage":       {"FROM ferry/base\nRUN x\n", []string{"ferry/base"}, false, ""},
		"small letters":   {"  from   ferry/base   as x \n", []string{"ferry/base"}, false, ""},
		"flags":           {"FROM --platform=linux/amd64 ferry/base AS x\n", []string{"ferry/base"}, false, ""},
		"stage of stage":  {"FROM a AS One\nFROM one\nFROM b\n", []string{"a", "a", "b"}, false, ""},
		"stage not yet":   {"FROM one\nFROM a AS one\n", []string{"one", "a"}, false, ""},
		"comment":         {"# FROM x\nFROM a\n", []string{"a"}, false, ""},
		"continued":       {"FROM a\nRUN echo \\\n# comment\n\nFROM b\nFROM c\n", []string{"a", "c"}, false, ""},
		"carriage return": {"FROM a\r\nNAME u/x\r\n", []string{"a"}, false, "u/x"},
		"builder":         {"#ferry:builder\nFROM a\n", []string{"a"}, true, ""},
		"not a builder":   {"# ferry: builders are nice\nFROM a\n", []string{"a"}, false, ""},
		"name":            {"FROM a\nNAME james/client\nRUN x\n", []string{"a"}, false, "james/client"},
		"name before":     {"NAME james/client\nFROM a\n", []string{"a"}, false, "james/client"},
		"no name":         {"FROM a\nRUN echo \\\nNAME x\n", []string{"a"}, false, ""},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			d, err := parseDockerfile(c.text)
			if err != nil {
				t.Fatal(err)
			}
			var images []string
			for _, s := range d.stages {
				images = append(images, s.image)
			}
			if !slices.Equal(images, c.images) || d.builder != c.builder || d.name != c.name {
				t.Errorf("got %q, builder %v, name %q", images, d.builder, d.name)
			}
		})
	}
}

func TestRewrite(t *testing.T) {
	text := "# c\nNAME u/x\nFROM --platform=linux/amd64 ferry/m AS jars\nRUN a\nFROM jars AS more\nFROM ferry/base\nCOPY --from=more / /\n"
	want := "# c\n\nFROM --platform=linux/amd64 ferry/m:1 AS jars\nCOPY h\nRUN a\nFROM jars AS more\nCOPY h\nFROM ferry/base:2\nCOPY --from=more / /\n"
	d, err := parseDockerfile(text)
	if err != nil {
		t.Fatal(err)
	}
	got := d.rewrite(map[string]string{"ferry/m": "ferry/m:1", "ferry/base": "ferry/base:2"}, func(s stage) []string {
		if s.image == "ferry/m" {
			return []string{"COPY h"}
		}
		return nil
	})
	if got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
	if again := d.rewrite(nil, func(stage) []string { return nil }); again == got || d.lines[2] != "FROM --platform=linux/amd64 ferry/m AS jars" {
		t.Error("rewriting changed the Dockerfile itself")
	}
}
