package cli

import (
	"archive/tar"
	"context"
	"io"
	"os"
	"path"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"github.com/ferry-project/ferry"
	"github.com/ferry-project/ferry/internal/api"
	"github.com/ferry-project/ferry/internal/cli/archive"
)

func newCpCommand(env *Env) *cobra.Command {
	c := &cobra.Command{
		Use:   "cp FILE STACK[/NODE]:PATH | cp STACK[/NODE]:PATH FILE",
		Short: "Copy files and folders into and out of a stack",
		Long: "Copy a file or a folder into a node of a stack, or out of it; without NODE it is the\n" +
			"first connector. Into a folder that exists a copy goes under its own name; a source\n" +
			"that ends in /. gives what is in it. A relative PATH begins at the user's home. Modes\n" +
			"are kept; copies in a node belong to its login user.\n" +
			"\"-\" is a tar on stdin or stdout.",
		Example: "  ferry cp wordcount.jar lab:\n" +
			"  ferry cp lab/gluster0:/var/log/glusterfs ./logs\n" +
			"  ferry cp lab:results - | tar t",
		Args: words(2, 2, "a source and a destination"),
		ValidArgsFunction: func(c *cobra.Command, _ []string, word string) ([]string, cobra.ShellCompDirective) {
			return nil, cobra.ShellCompDirectiveDefault
		},
		RunE: func(c *cobra.Command, args []string) error { return runCp(c.Context(), env, args[0], args[1]) },
	}
	return c
}

func runCp(ctx context.Context, env *Env, src, dst string) error {
	from, out := parsePlace(src)
	to, in := parsePlace(dst)
	if in == out {
		return ferry.Errorf(ferry.Invalid, "one of %s and %s must be in a stack", src, dst).
			WithHint("a place in a stack is written STACK:PATH or STACK/NODE:PATH")
	}
	client, err := env.Connect(ctx)
	if err != nil {
		return err
	}
	if in {
		return copyIn(ctx, env, client, src, to)
	}
	return copyOut(ctx, env, client, from, dst)
}

// copyIn copies src of the host to a place in a node.
func copyIn(ctx context.Context, env *Env, client api.Ferry, src string, to place) error {
	to, err := to.absolute(ctx, client)
	if err != nil {
		return err
	}
	if src == "-" {
		return client.CopyTo(ctx, to.stack, to.node, path.Clean(to.path), env.In)
	}
	file, err := filepath.EvalSymlinks(env.path(src))
	if err != nil {
		return ferry.Errorf(ferry.NotFound, "there is no file %s", src)
	}
	info, err := os.Stat(file)
	if err != nil {
		return ferry.Errorf(ferry.Invalid, "%w", err)
	}
	t, err := landing(ctx, client, to, info.IsDir())
	if err != nil {
		return err
	}
	if t.name == "" {
		t.name = filepath.Base(env.path(src))
		if info.IsDir() && endsInDot(src) {
			t.name = "."
		}
	}
	packed := archive.Stream(file, t.name)
	defer packed.Close()
	return client.CopyTo(ctx, to.stack, to.node, t.folder, packed)
}

// endsInDot tells whether a source means what is in the folder.
func endsInDot(src string) bool { return src == "." || strings.HasSuffix(src, "/.") }

// target is where in a node a copy lands: under a name in a folder that exists.
type target struct {
	folder, name string // name "": the source's own
}

// landing decides that as `docker cp` does.
func landing(ctx context.Context, inside api.Inside, to place, srcIsFolder bool) (target, error) {
	at, err := to.stat(ctx, inside)
	if err != nil {
		return target{}, err
	}
	clean := path.Clean(to.path)
	t := target{folder: path.Dir(clean), name: path.Base(clean)}
	switch {
	case at != nil && at.Typeflag == tar.TypeDir:
		return target{folder: clean}, nil
	case at != nil && srcIsFolder:
		return t, ferry.Errorf(ferry.Invalid, "%s is a file; a folder cannot be copied onto it", to)
	case at != nil:
		return t, nil
	case strings.HasSuffix(to.path, "/") && !srcIsFolder:
		return t, ferry.Errorf(ferry.NotFound, "there is no folder %s", to)
	}
	parent := place{to.stack, to.node, t.folder}
	above, err := parent.stat(ctx, inside)
	if err == nil && (above == nil || above.Typeflag != tar.TypeDir) {
		err = ferry.Errorf(ferry.NotFound, "there is no folder %s", parent)
	}
	return t, err
}

// copyOut copies a place in a node to dst on the host.
func copyOut(ctx context.Context, env *Env, client api.Ferry, from place, dst string) error {
	content := endsInDot(from.path)
	from, err := from.absolute(ctx, client)
	if err != nil {
		return err
	}
	r, err := client.CopyFrom(ctx, from.stack, from.node, path.Clean(from.path))
	if err != nil {
		return err
	}
	defer r.Close()
	if dst == "-" {
		_, err := io.Copy(env.Out, r)
		return err
	}
	folder, name := env.path(dst), ""
	info, err := os.Stat(folder)
	switch {
	case err == nil && info.IsDir() && content:
		name = "."
	case err == nil && info.IsDir():
	case err != nil && strings.HasSuffix(dst, "/"):
		return ferry.Errorf(ferry.NotFound, "there is no folder %s", dst)
	default:
		folder, name = filepath.Split(folder)
	}
	if _, err := os.Stat(folder); err != nil {
		return ferry.Errorf(ferry.NotFound, "there is no folder %s", folder)
	}
	return archive.Unpack(r, folder, name)
}
