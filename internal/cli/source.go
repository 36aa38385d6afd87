package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/ferry-project/ferry"
	"github.com/ferry-project/ferry/internal/api"
	"github.com/ferry-project/ferry/internal/spell"
)

// maxFile bounds an application file; the longest real one has a few KiB.
const maxFile = 1 << 20

// sourceOptions are the flags of every command that takes an application.
type sourceOptions struct {
	answers  []string
	set      []string
	noClient bool
	ask      bool
}

func (o *sourceOptions) addFlags(c *cobra.Command) {
	f := c.Flags()
	f.StringArrayVar(&o.answers, "answer", nil, "answer a question of the application: `name=value` (repeatable)")
	f.StringArrayVar(&o.set, "set", nil, "override a value of the application: `path=value` (repeatable)")
	f.BoolVar(&o.noClient, "no-client", false, "leave out the client that a one-liner brings along")
	f.BoolVar(&o.ask, "ask", false, "ask every question, also those with a default")
}

// source makes what the user typed ready to send: the file is read, the flags
// are taken apart, and open questions are asked.
func (o *sourceOptions) source(ctx context.Context, env *Env, plans api.Plans, target string) (api.Source, error) {
	s := api.Source{Target: target, NoClient: o.noClient}
	var err error
	if s.Text, err = readTarget(env, target); err != nil {
		return s, err
	}
	if target == "-" {
		s.Target = "stdin"
	}
	if s.Answers, err = pairs("--answer", o.answers); err != nil {
		return s, err
	}
	if s.Set, err = pairs("--set", o.set); err != nil {
		return s, err
	}
	return s, o.answerOpen(ctx, env, plans, &s)
}

// pairs takes name=value flags apart.
func pairs(flag string, args []string) (map[string]string, error) {
	if len(args) == 0 {
		return nil, nil
	}
	m := make(map[string]string, len(args))
	for _, a := range args {
		name, value, ok := strings.Cut(a, "=")
		if !ok || name == "" {
			return nil, ferry.Errorf(ferry.Invalid, "%s takes name=value, not %q", flag, a)
		}
		m[name] = value
	}
	return m, nil
}

// readTarget returns the text of a target that is a file ("-": stdin), nil for a name.
func readTarget(env *Env, target string) ([]byte, error) {
	if target == "-" {
		return readText(env.In, "stdin")
	}
	file := env.path(target)
	info, err := os.Stat(file)
	if err != nil || !info.Mode().IsRegular() {
		return nil, noFile(target, err)
	}
	f, err := os.Open(file)
	if err != nil {
		return nil, ferry.Errorf(ferry.Invalid, "%w", err)
	}
	defer f.Close()
	return readText(f, target)
}

// noFile tells a name from a file that is missing: by its ending.
func noFile(target string, err error) error {
	if !slices.Contains([]string{".yaml", ".yml", ".json"}, filepath.Ext(target)) {
		return nil
	}
	switch {
	case err == nil:
		return ferry.Errorf(ferry.Invalid, "%s is not a regular file", target)
	case errors.Is(err, fs.ErrNotExist):
		return missing(target)
	}
	return ferry.Errorf(ferry.Invalid, "%w", err)
}

// missing says that a file is not there, and which of its folder was perhaps meant.
func missing(target string) error {
	none := ferry.Errorf(ferry.Invalid, "there is no file %s", target)
	entries, err := os.ReadDir(filepath.Dir(target))
	if err != nil {
		return none
	}
	var names []string
	for _, e := range entries {
		if ext := filepath.Ext(e.Name()); ext == filepath.Ext(target) {
			names = append(names, strings.TrimSuffix(e.Name(), ext))
		}
	}
	near := spell.Nearest(strings.TrimSuffix(filepath.Base(target), filepath.Ext(target)), names)
	if near == "" {
		return none.WithHint("ferry apps lists the built-in applications; they have no ending")
	}
	return none.WithHint("did you mean %s?", filepath.Join(filepath.Dir(target), near+filepath.Ext(target)))
}

func readText(r io.Reader, name string) ([]byte, error) {
	text, err := io.ReadAll(io.LimitReader(r, maxFile+1))
	switch {
	case err != nil:
		return nil, fmt.Errorf("read %s: %w", name, err)
	case len(text) > maxFile:
		return nil, ferry.Errorf(ferry.Invalid, "%s is larger than 1 MiB; an application file is a page or two", name)
	case len(strings.TrimSpace(string(text))) == 0:
		return nil, ferry.Errorf(ferry.Invalid, "%s is empty", name).
			WithHint("ferry apps NAME prints an application to begin with")
	}
	return text, nil
}
