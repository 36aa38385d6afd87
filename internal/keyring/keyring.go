// Package keyring brings lost secrets of a stack back: the record had them, and so have
// the files of the nodes that were made.
package keyring

import (
	"archive/tar"
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/ferry-project/ferry"
	"github.com/ferry-project/ferry/internal/engine"
	"github.com/ferry-project/ferry/internal/plan"
	"github.com/ferry-project/ferry/internal/run"
	"github.com/ferry-project/ferry/internal/secret"
)

// fileLimit bounds what is read of a node's file to find a secret in it.
const fileLimit = 1 << 20

// Ring is the secrets of one stack, as its nodes hold them.
type Ring struct {
	engine engine.Engine
	walker *run.Walker
	plan   *ferry.Plan
	nodes  []ferry.Node // of the plan; those that the engine has
}

// Of returns the secrets of the stack of a plan, of which the engine has that.
func Of(e engine.Engine, w *run.Walker, p *ferry.Plan, have plan.Have) *Ring {
	k := &Ring{engine: e, walker: w, plan: p}
	for _, n := range p.Nodes {
		if slices.ContainsFunc(have.Nodes, func(h plan.HaveNode) bool { return h.Name == n.Container }) {
			k.nodes = append(k.nodes, n)
		}
	}
	return k
}

// Complete adds to values what is missing: what the nodes hold, else something new where
// the service takes that. The nodes are written to before it returns, so that a caller who
// is killed before it has recorded the values does it all again.
func (k *Ring) Complete(ctx context.Context, values secret.Values) (secret.Values, error) {
	missing := values.Missing(k.plan.Secrets())
	values, err := k.Recall(ctx, values)
	if err != nil {
		return values, err
	}
	if values, err = k.renew(values); err != nil {
		return values, err
	}
	return values, k.handOut(ctx, values, missing)
}

// Recall adds to values what the nodes hold of what is missing.
func (k *Ring) Recall(ctx context.Context, values secret.Values) (secret.Values, error) {
	missing := values.Missing(k.plan.Secrets())
	for _, n := range k.nodes {
		for _, f := range n.Files {
			if !secret.Refers(f.Content, missing) {
				continue
			}
			content, err := k.read(ctx, n, f.Path)
			if err != nil {
				return values, err
			}
			values = values.With(secret.Recall(f.Content, content, missing))
			missing = values.Missing(missing)
		}
	}
	return values, nil
}

// read returns a node's file, "" where there is none.
func (k *Ring) read(ctx context.Context, n ferry.Node, path string) (string, error) {
	packed, err := k.engine.CopyFrom(ctx, n.Container, path)
	if errors.Is(err, engine.ErrNotFound) {
		return "", nil
	}
	if err != nil {
		return "", engine.Explain(err)
	}
	defer func() { _ = packed.Close() }()
	t := tar.NewReader(packed)
	if h, err := t.Next(); err != nil || h.Typeflag != tar.TypeReg {
		return "", nil // a folder or a link: not what was put there
	}
	content, err := io.ReadAll(io.LimitReader(t, fileLimit))
	if err != nil {
		return "", fmt.Errorf("read %s of %s: %w", path, n.Name, err)
	}
	return string(content), nil
}

// renew generates what is still missing where the service takes a new value, and
// says what is lost for good.
func (k *Ring) renew(values secret.Values) (secret.Values, error) {
	missing := values.Missing(k.plan.Secrets())
	var lost []ferry.Secret
	for _, s := range missing {
		if s.Kind != ferry.SSHKey && !s.Renewable {
			lost = append(lost, s)
		}
	}
	if len(lost) > 0 {
		return values, k.lost(lost)
	}
	made, err := secret.Generate(missing)
	return values.With(made), err
}

// lost is the error for passwords that nothing holds any more: the data of their services stays locked.
func (k *Ring) lost(secrets []ferry.Secret) error {
	var names, holders []string
	for _, s := range secrets {
		names = append(names, s.Name)
	}
	for _, n := range k.plan.Nodes {
		if slices.ContainsFunc(n.Files, func(f ferry.File) bool { return secret.Refers(f.Content, secrets) }) {
			holders = append(holders, n.Container)
		}
	}
	return ferry.Errorf(ferry.Failed, "%s cannot come up: its record is lost, and no machine that is left holds the password %s, which its data is locked with",
		k.plan.Stack, strings.Join(names, ", ")).
		WithHint("nothing was removed, the data is whole on its volumes; it was in the container %s: "+
			"with that back, or with the old ferry.db, ferry start %s works again",
			strings.Join(holders, ", "), k.plan.Stack)
}

// handOut writes the values of those specs into every node that holds different ones.
func (k *Ring) handOut(ctx context.Context, values secret.Values, specs []ferry.Secret) error {
	for _, n := range k.nodes {
		stale := map[string]bool{}
		for _, f := range n.Files {
			if !secret.Refers(f.Content, specs) {
				continue
			}
			content, err := k.read(ctx, n, f.Path)
			if err != nil {
				return err
			}
			stale[f.Path] = !values.Holds(f.Content, content)
		}
		g := run.Graph{Plan: k.plan, Secrets: values}
		if err := k.walker.Rewrite(ctx, g, n, func(f ferry.File) bool { return stale[f.Path] }); err != nil {
			return engine.Explain(err)
		}
	}
	return nil
}
