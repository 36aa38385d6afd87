package build

import (
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// hostWith writes files by name into a folder that plays the host's.
func hostWith(t *testing.T, files map[string]string) HostSettings {
	t.Helper()
	dir := t.TempDir()
	for name, text := range files {
		name = filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(name), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return HostSettings{
		CADir: filepath.Join(dir, "ca"), MavenSettings: filepath.Join(dir, "settings.xml"), PipConf: filepath.Join(dir, "pip.conf"),
		AptSources: filepath.Join(dir, "debian.sources"), OSRelease: filepath.Join(dir, "os-release"),
	}
}

const (
	bookworm = "PRETTY_NAME=\"Debian\"\nID=debian\nVERSION_CODENAME=bookworm\n"
	mirror   = "Types: deb\nURIs: http://deb.debian.org/debian https://mirror.example/debian\nSuites: bookworm\nComponents: main\n"
)

func TestArgs(t *testing.T) {
	cases := map[string]struct {
		files   map[string]string
		proxies map[string]string
		want    map[string]string
	}{
		"nothing": {nil, nil, map[string]string{}},
		"a proxy in both spellings": {
			nil,
			map[string]string{"https_proxy": "http://p:1"},
			map[string]string{"https_proxy": "http://p:1", "HTTPS_PROXY": "http://p:1"},
		},
		"spellings that differ": {
			nil,
			map[string]string{"http_proxy": "a", "HTTP_PROXY": "b"},
			map[string]string{"http_proxy": "a", "HTTP_PROXY": "b"},
		},
		"a mirror": {
			map[string]string{"os-release": bookworm, "debian.sources": mirror},
			nil,
			map[string]string{"FERRY_APT_SOURCES": mirror},
		},
		"Debian's own servers": {map[string]string{"os-release": bookworm, "debian.sources": plainSources}, nil, map[string]string{}},
		"another Debian":       {map[string]string{"os-release": "ID=debian\nVERSION_CODENAME=trixie\n", "debian.sources": mirror}, nil, map[string]string{}},
		"another distribution": {map[string]string{"os-release": "ID=ubuntu\nVERSION_CODENAME=bookworm\n", "debian.sources": mirror}, nil, map[string]string{}},
		"no sources":           {map[string]string{"os-release": bookworm}, nil, map[string]string{}},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			h := hostWith(t, c.files)
			h.Proxies = c.proxies
			got, err := h.args()
			if err != nil || !maps.Equal(got, c.want) {
				t.Errorf("got %v, %v; want %v", got, err, c.want)
			}
		})
	}
}

func TestHostFiles(t *testing.T) {
	ca := "COPY .ferry-host/ca/ /usr/local/share/ca-certificates/"
	cases := map[string]struct {
		files map[string]string
		paths []string
		lines []string
	}{
		"nothing": {nil, nil, nil},
		"authorities": {
			map[string]string{"ca/a.crt": "A", "ca/b.crt": "B", "ca/readme": "no"},
			[]string{".ferry-host/ca/a.crt", ".ferry-host/ca/b.crt"},
			[]string{ca, "RUN if command -v update-ca-certificates"},
		},
		"maven": {
			map[string]string{"settings.xml": "<x/>"},
			[]string{".ferry-host/settings.xml"},
			[]string{"COPY .ferry-host/settings.xml /root/.m2/settings.xml"},
		},
		"pip": {map[string]string{"pip.conf": ""}, []string{".ferry-host/pip.conf"}, []string{"COPY .ferry-host/pip.conf /etc/pip.conf"}},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			files, lines, err := hostWith(t, c.files).hostFiles()
			if err != nil {
				t.Fatal(err)
			}
			var paths []string
			for _, f := range files {
				paths = append(paths, f.path)
			}
			if !slices.Equal(paths, c.paths) || !slices.EqualFunc(lines, c.lines, strings.HasPrefix) {
				t.Errorf("got %q and %q", paths, lines)
			}
		})
	}
}

func TestHostFilesThatCannotBeRead(t *testing.T) {
	h := hostWith(t, nil)
	h.PipConf = t.TempDir() // a folder where a file should be
	if _, _, err := h.hostFiles(); err == nil || !strings.Contains(err.Error(), h.PipConf) {
		t.Errorf("got %v, want an error that names the file", err)
	}
}

func TestHost(t *testing.T) {
	h := Host("/home/u", map[string]string{"no_proxy": "x"})
	if h.MavenSettings != "/home/u/.m2/settings.xml" || h.Proxies["no_proxy"] != "x" || h.CADir == "" {
		t.Errorf("got %+v", h)
	}
	if got := Host("", nil).MavenSettings; got != "" {
		t.Errorf("without a home Maven's settings are %q", got)
	}
}
