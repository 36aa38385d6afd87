package stack

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
	"github.com/ferry-project/ferry/internal/state"
)

// fileLimit bounds what is read of a node's file to find a secret in it.
const fileLimit = 1 << 20

// keyring brings a stack's lost secrets back: the record had them, and so have the
// files of the nodes that were made.
type keyring struct {
	engine engine.Engine
	walker *run.Walker
	plan   *ferry.Plan
	nodes  []ferry.Node // of the plan; those that the engine has
}

func (m *Manager) keyring(p *ferry.Plan, have plan.Have) *keyring {
	k := &keyring{engine: m.engine, walker: m.walker, plan: p}
	for _, n := range p.Nodes {
		if slices.ContainsFunc(have.Nodes, func(h plan.HaveNode) bool { return h.Name == n.Container }) {
			k.nodes = append(k.nodes, n)
		}
	}
	return k
}

// recall adds to values what the nodes hold of what is missing.
func (k *keyring) recall(ctx context.Context, values secret.Values) (secret.Values, error) {
	missing := values.Missing(secretsOf(k.plan))
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
func (k *keyring) read(ctx context.Context, n ferry.Node, path string) (string, error) {
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
func (k *keyring) renew(values secret.Values) (secret.Values, error) {
	missing := values.Missing(secretsOf(k.plan))
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
func (k *keyring) lost(secrets []ferry.Secret) error {
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
func (k *keyring) handOut(ctx context.Context, values secret.Values, specs []ferry.Secret) error {
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

// unlock makes the secrets of a record whole before its stack comes up. The nodes
// are written to before the record: a server killed in between does it all again.
func (m *Manager) unlock(ctx context.Context, rec *state.Record, have plan.Have) error {
	values := secret.Values(rec.Secrets)
	missing := values.Missing(secretsOf(&rec.Plan))
	if len(missing) == 0 {
		return nil
	}
	k := m.keyring(&rec.Plan, have)
	values, err := k.recall(ctx, values)
	if err != nil {
		return err
	}
	if values, err = k.renew(values); err != nil {
		return err
	}
	if err := k.handOut(ctx, values, missing); err != nil {
		return err
	}
	rec.Secrets = state.Secrets(values)
	return m.store.Update(ctx, rec.ID, func(r *state.Record) error {
		r.Secrets = rec.Secrets
		return nil
	})
}
