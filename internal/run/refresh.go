package run

import (
	"context"
	"slices"

	"github.com/ferry-project/ferry"
	"github.com/ferry-project/ferry/internal/engine"
)

// hostsPath is the file that the init puts over /etc/hosts when a node starts.
const hostsPath = "/etc/ferry/hosts"

// refresh writes those files of a running node that have changed since the plan before,
// and has new addresses known at once.
func (k *walk) refresh(ctx context.Context, n ferry.Node) error {
	var old ferry.Node
	if k.graph.From != nil {
		old, _ = k.graph.From.Node(n.Name)
	}
	files := slices.DeleteFunc(slices.Clone(n.Files), func(f ferry.File) bool { return slices.Contains(old.Files, f) })
	if len(files) == 0 {
		return nil
	}
	if err := k.put(ctx, n, files); err != nil {
		return err
	}
	if !slices.ContainsFunc(files, func(f ferry.File) bool { return f.Path == hostsPath }) {
		return nil
	}
	// /etc/hosts is a mount of the engine's: it can be written to and not be replaced.
	code, err := k.at(n).Exec(ctx, n.Container, engine.Exec{Command: []string{"/bin/sh", "-c", "cat " + hostsPath + " > /etc/hosts"}})
	if err == nil && code != 0 {
		return ferry.Errorf(ferry.Failed, "write /etc/hosts of %s: exit code %d", n.Name, code)
	}
	return err
}
