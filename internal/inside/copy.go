package inside

import (
	"context"
	"fmt"
	"io"
	"path"
	"slices"
	"strings"

	"github.com/ferry-project/ferry"
	"github.com/ferry-project/ferry/internal/engine"
	"github.com/ferry-project/ferry/internal/lines"
)

// What the scripts below end with when tar was not run.
const (
	noFolder   = 101
	throughAny = 102
)

// unpackScript goes into a folder and unpacks there what comes: the folder
// cannot become another one meanwhile.
const unpackScript = `cd "$1" || exit 101
exec tar -x -f - ` + unpackFlags

// unpackFlags: nothing comes with rights or an owner of its own, and a folder
// that is there keeps its mode.
const unpackFlags = "--no-same-owner --no-same-permissions --no-overwrite-dir"

// unpackAsRoot is for nodes whose login user is root. Jobs of others run there
// and may put links where root is about to write; so no link may lead to the
// folder, and what is unpacked there is written with its owner's rights alone.
const unpackAsRoot = `cd -P "$1" || exit 101
real=$(pwd -P)
[ "$real" = "$1" ] || { echo "$real" >&2; exit 102; }
exec setpriv --reuid "$(stat -c %u .)" --regid "$(stat -c %g .)" --clear-groups tar -x -f - ` + unpackFlags

// CopyTo unpacks a tar inside the node, by a tar that runs there: so it reaches
// what is mounted in the node, a Gluster volume for one, and belongs to the
// node's login user, or to the owner of the folder where that is root.
func (r *Reach) CopyTo(ctx context.Context, ref, node, dir string, tar io.Reader) error {
	n, err := r.enter(ctx, ref, node)
	if err != nil {
		return err
	}
	dir, script := inHome(n.Node, dir), unpackScript
	if n.Login == "" || n.Login == "root" {
		script = unpackAsRoot
	}
	said, code, err := r.tell(ctx, n, n.Login, tar, io.Discard, "sh", "-c", script, "sh", dir)
	switch {
	case err != nil:
		return err
	case code == noFolder:
		return ferry.Errorf(ferry.NotFound, "%s has no folder %s that its user may enter", n.Name, dir)
	case code == throughAny:
		return ferry.Errorf(ferry.Invalid, "%s of %s is behind a link, which root does not follow", dir, n.Name).
			WithHint("copy to %s", strings.TrimSpace(said))
	case code != 0 && blames(said, tarFaults[:]):
		return &ferry.Error{Code: ferry.Invalid, Output: said, Message: fmt.Sprintf("what came for %s of %s is no whole tar", dir, n.Name)}
	case code != 0 && blames(said, placeFaults[:]):
		return (&ferry.Error{Code: ferry.Conflict, Output: said, Message: fmt.Sprintf("%s of %s cannot take what came", dir, n.Name)}).
			WithHint("its user may not write there, or something of another kind is in the way")
	}
	return ended(n.Node, "tar", code, said)
}

// What tar says, GNU's and BusyBox's, of a tar that is none or not whole, and of a
// place that does not take what is in it. Both are the caller's to mend.
var (
	tarFaults = [...]string{
		"does not look like a tar", "Unexpected EOF in archive", "Skipping to next header", "invalid tar",
		"short read", "Malformed extended header", "lone zero block", "bad header",
	}
	placeFaults = [...]string{
		"Permission denied", "File exists", "Is a directory", "Not a directory", "Read-only file system",
		"Operation not permitted", "File name too long",
	}
)

func blames(said string, faults []string) bool {
	return slices.ContainsFunc(faults, func(f string) bool { return strings.Contains(said, f) })
}

// inHome takes a relative path from the home of the node's login user.
func inHome(n ferry.Node, file string) string {
	if path.IsAbs(file) {
		return path.Clean(file)
	}
	return path.Join("/", n.Home, file)
}

// someFilesChanged is how tar ends when files changed or went while it read
// them: a log that is being written is copied as far as it was.
const someFilesChanged = 1

// CopyFrom packs a path of the node, holes as holes; a path that ends in /. is
// what is in the folder. It reads as root, as an administrator would.
func (r *Reach) CopyFrom(ctx context.Context, ref, node, from string) (io.ReadCloser, error) {
	n, err := r.pick(ctx, ref, node)
	if err != nil {
		return nil, err
	}
	content := from == "." || strings.HasSuffix(from, "/.")
	from = inHome(n.Node, from)
	folder, name := path.Dir(from), path.Base(from)
	there := []string{"test", "-e", from, "-o", "-L", from}
	if content || from == "/" {
		folder, name, there = from, ".", []string{"test", "-d", from}
	}
	_, code, err := r.tell(ctx, n, "", nil, io.Discard, there...)
	if err != nil {
		return nil, err
	}
	if code != 0 {
		return nil, ferry.Errorf(ferry.NotFound, "%s has no %s", n.Name, from)
	}
	packed, w := io.Pipe()
	go func() {
		said, code, err := r.tell(ctx, n, "", nil, w, "tar", "-c", "-S", "-f", "-", "-C", folder, "--", name)
		if err == nil && code != someFilesChanged {
			err = ended(n.Node, "tar", code, said)
		}
		w.CloseWithError(err)
	}()
	return packed, nil
}

// tell runs a command that copies, and returns what it complained of.
func (r *Reach) tell(ctx context.Context, n machine, user string, in io.Reader, out io.Writer, command ...string) (string, int, error) {
	last := lines.Tail{Bytes: 4 << 10}
	said := &lines.Writer{Longest: 4 << 10, Each: func(line string) error { last.Add(line); return nil }}
	code, err := r.Engine.Exec(ctx, n.Container, engine.Exec{
		Command: command, User: user, Dir: "/", Stdin: in, Stdout: out, Stderr: said,
	})
	_ = said.Flush() // Add has no errors
	return last.String(), code, r.explain(ctx, n, err)
}

func ended(n ferry.Node, command string, code int, said string) error {
	if code == 0 {
		return nil
	}
	return &ferry.Error{
		Code: ferry.Failed, Output: said,
		Message: fmt.Sprintf("copy in %s: %s ended with exit code %d", n.Name, command, code),
	}
}
