package run

import (
	"archive/tar"
	"bytes"
	"context"
	"fmt"
	"io"
	"path"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/ferry-project/ferry"
)

const (
	defaultMode = 0o644
)

// Rewrite writes again those files of a node that which names, secrets filled in;
// the node may be stopped. Of the graph it needs the plan and the secrets.
func (w *Walker) Rewrite(ctx context.Context, g Graph, n ferry.Node, which func(ferry.File) bool) error {
	k := &walk{Walker: w.complete(), graph: g}
	files := slices.DeleteFunc(slices.Clone(n.Files), func(f ferry.File) bool { return !which(f) })
	if len(files) == 0 {
		return nil
	}
	if err := k.put(ctx, n, files); err != nil {
		return k.fault("write files anew", err)
	}
	return nil
}

// files are all files of a node: those of its init first, so that a file of the plan
// can replace one.
func (k *walk) files(n ferry.Node) []ferry.File { return append(k.Supervise(n), n.Files...) }

// put writes files of a node that is there.
func (k *walk) put(ctx context.Context, n ferry.Node, files []ferry.File) error {
	packed, err := k.pack(n, files)
	if err != nil {
		return err
	}
	return k.at(n).CopyTo(ctx, n.Container, "/", bytes.NewReader(packed))
}

// pack makes one tar of files of a node, secrets filled in. Directories are not in it,
// so that those of the image keep their owner and mode.
func (k *walk) pack(n ferry.Node, files []ferry.File) ([]byte, error) {
	p := packer{walk: k, now: k.Now()}
	p.tar = tar.NewWriter(&p.out)
	for _, f := range files {
		if err := p.add(f); err != nil {
			return nil, fmt.Errorf("file %s of %s: %w", f.Path, n.Name, err)
		}
	}
	if err := p.tar.Close(); err != nil {
		return nil, fmt.Errorf("pack files of %s: %w", n.Name, err)
	}
	return p.out.Bytes(), nil
}

type packer struct {
	*walk
	out bytes.Buffer
	tar *tar.Writer
	now time.Time
}

func (p *packer) add(f ferry.File) error {
	if !path.IsAbs(f.Path) || path.Clean(f.Path) == "/" {
		return fmt.Errorf("not an absolute path of a file")
	}
	owner, err := p.owner(f.Owner)
	if err != nil {
		return err
	}
	content, err := p.graph.Secrets.Fill(f.Content)
	if err != nil {
		return err
	}
	name := strings.TrimPrefix(path.Clean(f.Path), "/")
	mode := int64(f.Mode)
	if mode == 0 {
		mode = defaultMode
	}
	header := &tar.Header{
		Typeflag: tar.TypeReg, Name: name, Mode: mode, Uid: owner, Gid: owner,
		Size: int64(len(content)), ModTime: p.now, Format: tar.FormatPAX,
	}
	if err := p.tar.WriteHeader(header); err != nil {
		return err
	}
	_, err = io.WriteString(p.tar, content)
	return err
}

// owner is the number of a user of the node's image.
func (p *packer) owner(name string) (int, error) {
	if name == "" {
		return 0, nil
	}
	if id, ok := p.Owners[name]; ok {
		return id, nil
	}
	if id, err := strconv.Atoi(name); err == nil && id >= 0 {
		return id, nil
	}
	return 0, ferry.Errorf(ferry.Internal, "owner %q has no known number", name)
}
