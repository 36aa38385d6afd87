package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/spf13/cobra"

	"github.com/ferry-project/ferry"
	"github.com/ferry-project/ferry/internal/api"
)

func newExportCommand(env *Env) *cobra.Command {
	var r api.ExportRequest
	c := &cobra.Command{
		Use:   "export SNAPSHOT FILE",
		Short: "Write a snapshot to a file",
		Long: "Write a snapshot to one file, which `ferry import` makes a snapshot of elsewhere: its\n" +
			"data, its plan and its note. \"-\" is stdout. Passwords and keys stay here unless\n" +
			"--with-secrets is given; they are made anew there. What was changed in connectors\n" +
			"outside their volumes stays here, too. The file is an OCI layout in a tar.",
		Example:           "  ferry export before-upgrade lab.ferry\n  ferry export sn-1f3c - | ssh other ferry import -",
		Args:              words(2, 2, "a snapshot and a file"),
		ValidArgsFunction: completeStacks(env, 1),
		RunE:              func(c *cobra.Command, args []string) error { return runExport(c.Context(), env, r, args[0], args[1]) },
	}
	c.Flags().BoolVar(&r.Secrets, "with-secrets", false, "its passwords and keys too, readable by whoever has the file")
	return c
}

func runExport(ctx context.Context, env *Env, r api.ExportRequest, ref, file string) error {
	client, err := env.Connect(ctx)
	if err != nil {
		return err
	}
	n, err := client.InspectSnapshot(ctx, ref)
	if err != nil {
		return err
	}
	archive, err := client.Export(ctx, n.ID, r)
	if err != nil {
		return err
	}
	defer archive.Close()
	if file == "-" {
		_, err = io.Copy(env.Out, archive)
	} else {
		err = written(env.path(file), archive)
	}
	if err == nil && len(n.Images) > 0 {
		env.say("what was changed in its connectors outside their volumes is not in the file")
	}
	return err
}

// written makes a file that is whole or not there; one that was there stays until it is.
func written(file string, from io.Reader) error {
	unfinished := file + ".part"
	f, err := os.OpenFile(unfinished, os.O_CREATE|os.O_WRONLY|os.O_TRUNC, 0o600)
	if err != nil {
		return ferry.Errorf(ferry.Invalid, "%w", err)
	}
	_, err = io.Copy(f, from)
	if err = errors.Join(err, f.Close()); err == nil {
		err = os.Rename(unfinished, file)
	}
	if err != nil {
		_ = os.Remove(unfinished)
	}
	return err
}

func newImportCommand(env *Env) *cobra.Command {
	var r api.ImportRequest
	c := &cobra.Command{
		Use:   "import FILE",
		Short: "Make a snapshot of a file that export wrote",
		Long: "Make a snapshot of a file that `ferry export` has written, here or elsewhere; \"-\" is\n" +
			"stdin. `ferry start` makes a stack of it. The file is not believed: one that is cut off,\n" +
			"damaged, or holds what no volume may hold is refused, and nothing of it stays. The id of\n" +
			"the snapshot is all that is printed on stdout.",
		Example: "  ferry import lab.ferry --name lab\n  ferry start lab",
		Args:    words(1, 1, "a file"),
		RunE:    func(c *cobra.Command, args []string) error { return runImport(c.Context(), env, r, args[0]) },
	}
	c.Flags().StringVar(&r.Name, "name", "", "a `name` of your own for the snapshot")
	return c
}

func runImport(ctx context.Context, env *Env, r api.ImportRequest, file string) error {
	from := env.In
	if file != "-" {
		f, err := os.Open(env.path(file))
		if err != nil {
			return ferry.Errorf(ferry.NotFound, "there is no file %s that can be read", file)
		}
		defer f.Close()
		from = f
	}
	client, err := env.Connect(ctx)
	if err != nil {
		return err
	}
	done, err := client.Import(ctx, r, from, env.tellLine)
	if err == nil {
		env.sayImported(done)
	}
	return err
}

// tellLine says a line of progress.
func (e *Env) tellLine(line string) error {
	e.say("%s", line)
	return nil
}

// sayImported prints the id of a snapshot that has come in, and what is other in it.
func (e *Env) sayImported(done api.Imported) {
	fmt.Fprintln(e.Out, done.Snapshot.ID)
	for _, name := range done.Renewed {
		e.say("%s was made anew: it did not come along", name)
	}
}
