package cli

import (
	"archive/tar"
	"context"
	"errors"
	"fmt"
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
			"that ends in /. gives what is in it. A relative PATH begins at the user's home.\n" +
			"\n" +
			"Modes are kept, less the umask, and so are links and the holes of sparse files; devices,\n" +
			"pipes and sockets are left out. Files that were there are written over and keep their\n" +
			"mode, folders that were there keep theirs. Nothing but the copy changes, whatever a node\n" +
			"sends: links in it are never followed out of it. Copies in a node belong to its login\n" +
			"user, and where that is root to the owner of the folder.\n" +
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
	if !info.IsDir() && !info.Mode().IsRegular() {
		return ferry.Errorf(ferry.Invalid, "%s is a %s; only files, folders and links can be copied", src, archive.Kind(info.Mode()))
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
	return send(ctx, env, client, archive.Source{Path: file, Name: t.name}, to, t.folder)
}

// send packs a source into a folder of a node.
func send(ctx context.Context, env *Env, client api.Inside, from archive.Source, to place, folder string) error {
	packed := from.Stream()
	defer packed.Close()
	if err := client.CopyTo(ctx, to.stack, to.node, folder, packed); err != nil {
		return err
	}
	env.sayLeft(packed.Left())
	return nil
}

// sayLeft names what a copy could not take along.
func (e *Env) sayLeft(names []string) {
	const most = 5
	if len(names) == 0 {
		return
	}
	more := ""
	if n := len(names) - most; n > 0 {
		names, more = names[:most], fmt.Sprintf(" and %d more", n)
	}
	e.say("left out, because only files, folders and links can be copied: %s%s", strings.Join(names, ", "), more)
}

// endsInDot reports whether a source means what is in the folder.
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
	file := path.Clean(from.path)
	if content = content || file == "/"; content {
		file = path.Join(file, "/") + "/."
	}
	to := archive.Copy{Name: path.Base(file)}
	if dst != "-" {
		if to, err = destination(to, env.path(dst), dst); err != nil {
			return err
		}
	}
	r, err := client.CopyFrom(ctx, from.stack, from.node, file)
	if err != nil {
		return err
	}
	defer r.Close()
	if dst == "-" {
		_, err := io.Copy(env.Out, r)
		return err
	}
	return receive(ctx, env, to, r, from.String())
}

// destination decides where on the host a copy lands, as cp does.
func destination(c archive.Copy, folder, said string) (archive.Copy, error) {
	info, err := os.Stat(folder)
	switch {
	case err == nil && info.IsDir():
		c.Folder, c.As = folder, c.Name
		return c, nil
	case strings.HasSuffix(said, "/"):
		return c, ferry.Errorf(ferry.NotFound, "there is no folder %s", said)
	}
	c.Folder, c.As = filepath.Split(filepath.Clean(folder))
	if info, err := os.Stat(c.Folder); err != nil || !info.IsDir() {
		return c, ferry.Errorf(ferry.NotFound, "there is no folder %s", c.Folder)
	}
	return c, nil
}

// receive unpacks what a node sent, which is not believed.
func receive(ctx context.Context, env *Env, to archive.Copy, r io.Reader, from string) error {
	left, err := to.Unpack(ctx, r)
	switch {
	case errors.Is(err, archive.ErrEmpty): // what the node's own tar leaves out
		return ferry.Errorf(ferry.Invalid, "%s is a socket; only files, folders and links can be copied", from)
	case err != nil && ferry.CodeOf(err) == ferry.Internal:
		return ferry.Errorf(ferry.Failed, "%w", err)
	case err != nil:
		return err
	}
	env.sayLeft(left)
	return nil
}
