package run

import (
	"context"
	"slices"

	"github.com/ferry-project/ferry"
)

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
	if !slices.ContainsFunc(files, func(f ferry.File) bool { return f.Path == ferry.HostsPath }) {
		return nil
	}
	return teller{k}.inForce(ctx, n)
}
