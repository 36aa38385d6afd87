package cli

import (
	"archive/tar"
	"context"
	"errors"
	"fmt"
	"io"
	"path"
	"strings"

	"github.com/ferry-project/ferry"
	"github.com/ferry-project/ferry/internal/api"
)

// place is a path in a node: "lab/gluster0:/etc/hosts".
type place struct{ stack, node, path string }

// parsePlace tells a path in a node from one on the host: the colon does, unless
// the word begins like a path.
func parsePlace(word string) (p place, inside bool) {
	if word == "" || word[0] == '/' || word[0] == '.' {
		return p, false
	}
	target, file, ok := strings.Cut(word, ":")
	if !ok || target == "" {
		return p, false
	}
	p.stack, p.node, _ = strings.Cut(target, "/")
	p.path = file
	return p, true
}

func (p place) String() string {
	s := p.stack
	if p.node != "" {
		s += "/" + p.node
	}
	return s + ":" + p.path
}

// absolute makes a relative path one from the home of the node's login user.
func (p place) absolute(ctx context.Context, stacks api.Stacks) (place, error) {
	if strings.HasPrefix(p.path, "/") {
		return p, nil
	}
	d, err := stacks.Inspect(ctx, p.stack)
	if err != nil {
		return p, err
	}
	home := "/"
	if n, ok := findNode(d.Plan, p.node); ok && n.Home != "" {
		home = n.Home
	}
	folder := p.path == "" || strings.HasSuffix(p.path, "/")
	p.path = path.Join(home, p.path)
	if folder {
		p.path += "/"
	}
	return p, nil
}

// findNode returns the node a user means: "" is the first connector, else the
// first node; else it is a host name or a connector's name.
func findNode(p ferry.Plan, name string) (ferry.Node, bool) {
	if name != "" {
		if n, ok := p.Node(name); ok {
			return n, true
		}
	}
	for _, s := range p.Services {
		if s.Class == ferry.Connector && len(s.Nodes) > 0 && (name == "" || s.Spec.Name == name) {
			return p.Node(s.Nodes[0])
		}
	}
	if name == "" && len(p.Nodes) > 0 {
		return p.Nodes[0], true
	}
	return ferry.Node{}, false
}

// stat looks at a path in a node, following links; nil when nothing is there.
func (p place) stat(ctx context.Context, inside api.Inside) (*tar.Header, error) {
	file := path.Clean(p.path)
	for range 20 {
		head, err := p.head(ctx, inside, file)
		if err != nil || head == nil || head.Typeflag != tar.TypeSymlink {
			return head, err
		}
		file = linkTarget(file, head.Linkname)
	}
	return nil, ferry.Errorf(ferry.Invalid, "%s is a circle of links", p)
}

// linkTarget is where a link in a node leads; nothing of it touches this machine.
func linkTarget(link, to string) string {
	if path.IsAbs(to) {
		return path.Clean(to)
	}
	return path.Join(path.Dir(link), to)
}

// head reads the first entry of the path's tar and lets the rest go.
func (p place) head(ctx context.Context, inside api.Inside, file string) (*tar.Header, error) {
	r, err := inside.CopyFrom(ctx, p.stack, p.node, file)
	if ferry.CodeOf(err) == ferry.NotFound {
		return nil, p.missing(ctx, inside, err)
	}
	if err != nil {
		return nil, err
	}
	defer r.Close()
	head, err := tar.NewReader(r).Next()
	if errors.Is(err, io.EOF) {
		return nil, nil
	}
	if ferry.CodeOf(err) == ferry.NotFound {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("look at %s: %w", p, err)
	}
	return head, nil
}

// missing tells a path that is not there (nil) from a node that is not: the
// root folder of a node is always there.
func (p place) missing(ctx context.Context, inside api.Inside, err error) error {
	r, rootErr := inside.CopyFrom(ctx, p.stack, p.node, "/etc/hostname")
	if rootErr != nil {
		return err
	}
	return r.Close()
}
