package app_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/ferry-project/ferry"
	"github.com/ferry-project/ferry/internal/app"
)

const valid = "backend:\n  - storage: {personality: gluster}\n"

// bomb unfolds to 9^depth values.
func bomb(depth int) string {
	var b strings.Builder
	b.WriteString("metadata:\n  a0: &a0 x\n")
	for i := 1; i <= depth; i++ {
		fmt.Fprintf(&b, "  a%d: &a%d [%s]\n", i, i, strings.TrimSuffix(strings.Repeat(fmt.Sprintf("*a%d, ", i-1), 9), ", "))
	}
	return b.String() + valid
}

func TestParseRefuses(t *testing.T) {
	for name, c := range map[string]struct{ text, want string }{
		"nothing":              {"", "the file is empty"},
		"spaces":               {" \n\n ", "the file is empty"},
		"only a comment":       {"# hello\n", "the file is empty"},
		"only a null":          {"---\n~\n", "the file is empty"},
		"only a byte order":    {"\ufeff", "the file is empty"},
		"a NUL":                {valid + "\x00", "not a text file"},
		"an escape":            {valid + "\x1b[31m", "not a text file"},
		"Latin-1":              {"metadata: {author: Andr\xe9}\n", "not a text file"},
		"two documents":        {valid + "---\n" + valid, "more than one document"},
		"a list":               {"- " + valid, "not a list"},
		"large":                {valid + strings.Repeat("#", 1<<20), "larger than 1 MiB"},
		"many values":          {valid + "connectors: [" + strings.Repeat("1,", 60_000) + "]", "has more than 50000 values"},
		"doubling aliases":     {bomb(30), "with aliases such as *"},
		"unknown alias":        {"backend: *nowhere\n", "unknown anchor"},
		"deep nesting":         {strings.Repeat("[", 200_000), "not valid YAML or JSON"},
		"deep nesting, blocks": {strings.Repeat("- ", 200_000), "not valid YAML or JSON"},
		"unclosed quote":       {"backend: 'x\n", "found unexpected end of stream while scanning a quoted scalar"},
		"text and more":        {"a: b: c", "mapping values are not allowed"},
	} {
		t.Run(name, func(t *testing.T) {
			start := time.Now()
			d, err := app.Parse("dir/app.yaml", []byte(c.text))
			if err == nil {
				t.Fatalf("taken: %v", d)
			}
			if !strings.Contains(err.Error(), c.want) || !strings.HasPrefix(err.Error(), "dir/app.yaml:") {
				t.Errorf("%v", err)
			}
			if ferry.CodeOf(err) != ferry.Invalid {
				t.Errorf("code %s", ferry.CodeOf(err))
			}
			if took := time.Since(start); took > 20*time.Second {
				t.Errorf("took %v", took)
			}
		})
	}
}

func TestParseTakes(t *testing.T) {
	for name, text := range map[string]string{
		"plain":             valid,
		"a byte order mark": "\ufeff" + valid,
		"Windows line ends": strings.ReplaceAll(valid, "\n", "\r\n"),
		"an end marker":     "---\n" + valid + "...\n",
		"a second, empty":   valid + "---\n",
		"JSON with tabs":    "{\n\t\"backend\": [\n\t\t{\"storage\": {\"personality\": \"gluster\"}}\n\t]\n}",
		"a small bomb":      bomb(3),
		"U+FFFD itself":     "metadata: {author: \ufffd}\n" + valid,
	} {
		t.Run(name, func(t *testing.T) {
			a, err := decode("app.yaml", []byte(text), app.Options{Cards: small()})
			if err != nil {
				t.Fatal(err)
			}
			if a.Backends[0].Storage.Personality != "gluster" || a.Name != "app" {
				t.Errorf("%+v", a)
			}
		})
	}
}

func TestHostileFilesEndSoon(t *testing.T) {
	var keys, connectors strings.Builder
	for i := range 15_000 {
		fmt.Fprintf(&keys, "k%d: 1\n", i)
	}
	for range 40 {
		connectors.WriteString("  - {personality: mpi-client, name: a, instances: 9999, ports: [\"1:1\"]}\n")
	}
	for name, text := range map[string]string{
		"unknown keys":    keys.String() + valid,
		"many connectors": valid + "connectors:\n" + connectors.String(),
		"deep":            valid + "metadata: {x: " + strings.Repeat("[", 900) + strings.Repeat("]", 900) + "}\nbackends: 1\n",
	} {
		t.Run(name, func(t *testing.T) {
			_, err := decode("app.yaml", []byte(text), app.Options{Cards: small()})
			var faults ferry.Faults
			errors.As(err, &faults)
			if len(faults) == 0 || len(faults) > 201 {
				t.Errorf("%d faults", len(faults))
			}
		})
	}
}

func TestTitle(t *testing.T) {
	for name, want := range map[string]string{
		"openmpi": "openmpi", "dir/two.yaml": "two", "a.b.yml": "a.b", "x.json": "x", ".yaml": ".yaml", "x.txt": "x.txt",
	} {
		a, err := func() (ferry.Application, error) {
			d, err := app.Parse(name, []byte(valid))
			if err != nil {
				return ferry.Application{}, err
			}
			return d.Application(app.Options{Cards: small()})
		}()
		if err != nil || a.Name != want {
			t.Errorf("%s: %q, %v", name, a.Name, err)
		}
	}
}
