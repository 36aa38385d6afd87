package build

import (
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
)

// HostSettings is how this machine reaches the world: builds reach it the same
// way. Files are read when something is built; those that are not there do not
// count.
type HostSettings struct {
	// Proxies are build arguments, by name: "https_proxy", "NO_PROXY". Docker
	// knows these names and keeps their values out of images.
	Proxies map[string]string
	// CADir holds certificate authorities this machine trusts beside the
	// distribution's (*.crt).
	CADir string
	// MavenSettings and PipConf configure where builders fetch from.
	MavenSettings string
	PipConf       string
	// AptSources is the file with this machine's Debian sources (deb822). It is
	// used when OSRelease says that the machine is of the images' Debian, and
	// when it names another server than Debian's own.
	AptSources string
	OSRelease  string
}

// Host returns the usual places of the host's files; home is the user's.
func Host(home string, proxies map[string]string) HostSettings {
	h := HostSettings{
		Proxies: proxies, CADir: "/usr/local/share/ca-certificates", PipConf: "/etc/pip.conf",
		AptSources: "/etc/apt/sources.list.d/debian.sources", OSRelease: "/etc/os-release",
	}
	if home != "" {
		h.MavenSettings = filepath.Join(home, ".m2", "settings.xml")
	}
	return h
}

// hostDir is where the host's files lie in the context of a builder's build.
const hostDir = ".ferry-host"

// hostFiles returns what builder stages get of the host, and the lines that put
// it in place.
func (h HostSettings) hostFiles() (files []file, lines []string, err error) {
	authorities, err := h.authorities()
	if err != nil {
		return nil, nil, err
	}
	if files = authorities; len(files) > 0 {
		lines = append(lines, "COPY "+hostDir+"/ca/ /usr/local/share/ca-certificates/",
			// Where the tool is missing, its installation reads the folder.
			"RUN if command -v update-ca-certificates >/dev/null; then update-ca-certificates; fi")
	}
	for _, c := range [...]struct{ from, name, to string }{
		{h.MavenSettings, "settings.xml", "/root/.m2/settings.xml"},
		{h.PipConf, "pip.conf", "/etc/pip.conf"},
	} {
		data, err := readIfThere(c.from)
		if err != nil {
			return nil, nil, err
		}
		if data != nil {
			files = append(files, file{path.Join(hostDir, c.name), data})
			lines = append(lines, fmt.Sprintf("COPY %s/%s %s", hostDir, c.name, c.to))
		}
	}
	return files, lines, nil
}

func (h HostSettings) authorities() ([]file, error) {
	if h.CADir == "" {
		return nil, nil
	}
	names, err := filepath.Glob(filepath.Join(h.CADir, "*.crt"))
	if err != nil {
		return nil, fmt.Errorf("list the certificate authorities of %s: %w", h.CADir, err)
	}
	var files []file
	for _, n := range names {
		data, err := readIfThere(n)
		if err != nil {
			return nil, err
		}
		files = append(files, file{path.Join(hostDir, "ca", filepath.Base(n)), data})
	}
	return files, nil
}

// args are the build arguments that every build gets.
func (h HostSettings) args() (map[string]string, error) {
	args := map[string]string{}
	for name, value := range h.Proxies {
		args[strings.ToLower(name)] = value
		args[strings.ToUpper(name)] = value
	}
	maps.Copy(args, h.Proxies) // where the two spellings differ, both stay as they are
	sources, err := h.sources()
	if sources != "" && !official(sources) {
		args["FERRY_APT_SOURCES"] = sources
	}
	return args, err
}

// environ is the proxies as a process has them.
func (h HostSettings) environ() []string {
	var env []string
	for _, name := range slices.Sorted(maps.Keys(h.Proxies)) {
		env = append(env, name+"="+h.Proxies[name])
	}
	return env
}

// sources returns the host's Debian sources if they are those of the images' release.
func (h HostSettings) sources() (string, error) {
	release, err := readIfThere(h.OSRelease)
	if err != nil || !isSuite(string(release)) {
		return "", err
	}
	text, err := readIfThere(h.AptSources)
	return string(text), err
}

func isSuite(release string) bool {
	lines := strings.Split(release, "\n")
	return slices.Contains(lines, "ID=debian") && slices.Contains(lines, "VERSION_CODENAME="+suite)
}

// official reports whether all packages come from Debian's own servers.
func official(sources string) bool {
	for line := range strings.Lines(sources) {
		name, values, ok := strings.Cut(line, ":")
		if !ok || !strings.EqualFold(name, "URIs") {
			continue
		}
		for uri := range strings.FieldsSeq(values) {
			_, rest, _ := strings.Cut(uri, "://")
			host, _, _ := strings.Cut(rest, "/")
			if host != "deb.debian.org" && host != "security.debian.org" {
				return false
			}
		}
	}
	return true
}

// readIfThere returns nil for a file that does not exist or has no name.
func readIfThere(name string) ([]byte, error) {
	if name == "" {
		return nil, nil
	}
	data, err := os.ReadFile(name)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("read what builds need of this machine: %w", err)
	}
	return data, nil
}
