package endpoint

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/ferry-project/ferry"
	"github.com/ferry-project/ferry/internal/spell"
)

// byDefault is the context that stands for no context.
const byDefault = "default"

// config is the folder of docker's files.
func (e Environment) config() string {
	if e.Config != "" {
		return e.Config
	}
	return filepath.Join(e.Home, ".docker")
}

// current returns the context that `docker context use` has set, "" for none.
func (e Environment) current() (string, error) {
	if e.Config == "" && e.Home == "" {
		return "", nil
	}
	var c struct {
		CurrentContext string `json:"currentContext"`
	}
	file := filepath.Join(e.config(), "config.json")
	err := decode(file, &c)
	switch {
	case errors.Is(err, fs.ErrNotExist), errors.Is(err, fs.ErrPermission):
		return "", nil // docker goes on without it, too
	case err != nil:
		return "", ferry.Errorf(ferry.Invalid, "Docker's settings in %s cannot be read: %w", file, err).
			WithHint("mend the file, or set DOCKER_HOST")
	case c.CurrentContext == byDefault:
		return "", nil
	}
	return c.CurrentContext, nil
}

// meta is what Docker keeps of a context.
type meta struct {
	Name      string
	Endpoints map[string]struct {
		Host          string
		SkipTLSVerify bool
	}
}

// context returns the engine of a context; from says who named it.
func (e Environment) context(name, from string) (Endpoint, error) {
	if name == byDefault {
		found := e.lookedFor()
		found.From = from
		return found, nil
	}
	id := sha256.Sum256([]byte(name)) // how Docker names a context's folders
	folder := hex.EncodeToString(id[:])
	file := filepath.Join(e.config(), "contexts", "meta", folder, "meta.json")
	var m meta
	err := decode(file, &m)
	if errors.Is(err, fs.ErrNotExist) {
		return Endpoint{}, e.unknown(name, from)
	}
	if err != nil {
		return Endpoint{}, ferry.Errorf(ferry.Invalid, "the Docker context %q cannot be read: %w", name, err).
			WithHint("its file is %s", file)
	}
	at, ok := m.Endpoints["docker"]
	if !ok || at.Host == "" {
		return Endpoint{}, ferry.Errorf(ferry.Invalid, "the Docker context %q names no engine", name).
			WithHint("docker context inspect %s shows it", name)
	}
	found := Endpoint{Host: at.Host, From: from, Insecure: at.SkipTLSVerify}
	if certs := filepath.Join(e.config(), "contexts", "tls", folder, "docker"); !empty(certs) {
		found.Certs = certs
	}
	return found, nil
}

func (e Environment) unknown(name, from string) error {
	all := e.contexts()
	err := ferry.Errorf(ferry.NotFound, "%s: there is no such Docker context", from)
	return err.WithHint("%sthere are %s (docker context ls)", spell.Hint(name, all), strings.Join(all, ", "))
}

// contexts are the names of all there are.
func (e Environment) contexts() []string {
	names := []string{byDefault}
	files, err := filepath.Glob(filepath.Join(e.config(), "contexts", "meta", "*", "meta.json"))
	if err != nil {
		return names // a folder of a strange name
	}
	for _, f := range files {
		var m meta
		if decode(f, &m) == nil && m.Name != "" {
			names = append(names, m.Name)
		}
	}
	slices.Sort(names)
	return names
}

func empty(folder string) bool {
	entries, err := os.ReadDir(folder)
	return err != nil || len(entries) == 0
}

func decode(file string, v any) error {
	text, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	return json.Unmarshal(text, v)
}
