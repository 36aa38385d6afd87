package transfer

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/ferry-project/ferry"
	"github.com/ferry-project/ferry/internal/api"
	"github.com/ferry-project/ferry/internal/archive"
	"github.com/ferry-project/ferry/internal/engine"
	"github.com/ferry-project/ferry/internal/secret"
	"github.com/ferry-project/ferry/internal/state"
)

// Import reads the archive once, from its beginning to its end.
func (t *Transfer) Import(ctx context.Context, r api.ImportRequest, file io.Reader, progress func(line string) error) (api.Imported, error) {
	source, err := archive.Open(file)
	if err != nil {
		return api.Imported{}, err
	}
	return t.takeIn(ctx, source, incoming{name: r.Name, from: "an archive", progress: progress})
}

// incoming is what is known of an artifact beside itself.
type incoming struct {
	name, from string
	progress   func(line string) error
}

// takeIn makes a snapshot, or takes back what it has made of one.
func (t *Transfer) takeIn(ctx context.Context, source archive.Source, in incoming) (api.Imported, error) {
	if err := t.able(ctx); err != nil {
		return api.Imported{}, err
	}
	r, err := archive.NewReader(ctx, source)
	if err != nil {
		return api.Imported{}, err
	}
	defer r.Close()
	n := t.snapshotOf(r.Description, in)
	renewed, err := t.admit(ctx, &n)
	if err != nil {
		return api.Imported{}, err
	}
	if err := t.Records.CreateSnapshot(ctx, n); err != nil {
		return api.Imported{}, err
	}
	if err := t.fill(ctx, r, &n, in.progress); err != nil {
		return api.Imported{}, errors.Join(plainly(err), t.Keeper.Discard(context.WithoutCancel(ctx), n.Snapshot))
	}
	return api.Imported{Snapshot: n.Snapshot, Renewed: renewed}, nil
}

// plainly says what is wrong with an archive in the user's words.
func plainly(err error) error {
	if errors.Is(err, engine.ErrRefused) {
		why := strings.ReplaceAll(err.Error(), engine.ErrRefused.Error()+": ", "")
		return &ferry.Error{Code: ferry.Invalid, Message: "the archive is refused: " + why, Err: err}
	}
	return engine.Explain(err)
}

// snapshotOf is the record of what comes in: of this home, under an id of its own.
func (t *Transfer) snapshotOf(d archive.Description, in incoming) state.Snapshot {
	n := state.Snapshot{Snapshot: d.Snapshot, Plan: d.Plan, Formed: d.Formed, Secrets: d.Secrets}
	n.ID, n.Name, n.From, n.State = state.NewID("sn-"), in.name, in.from, ferry.SnapshotMaking
	n.Images = map[string]string{}
	for i := range n.Volumes {
		v := &n.Volumes[i]
		v.Volume, v.Digest = "ferry-"+n.ID+"-"+v.Node+"-"+v.Name, ""
	}
	unpublish(&n.Plan.Application)
	return n
}

// unpublish leaves it to this machine where ports are reached: an archive does not open any
// to the network.
func unpublish(a *ferry.Application) {
	services := []*ferry.Service{}
	for i := range a.Backends {
		services = append(services, &a.Backends[i].Storage)
		for j := range a.Backends[i].Compute {
			services = append(services, &a.Backends[i].Compute[j])
		}
	}
	for i := range a.Connectors {
		services = append(services, &a.Connectors[i])
	}
	for _, s := range services {
		for i := range s.Ports {
			s.Ports[i].Address, s.Ports[i].Host = "", 0
		}
	}
}

// admit fails where no stack could begin with a snapshot, and makes the secrets that did
// not come along.
func (t *Transfer) admit(ctx context.Context, n *state.Snapshot) (renewed []string, err error) {
	p, err := t.Planner.Trial(ctx, *n)
	if err != nil {
		return nil, fmt.Errorf("no stack can begin with this archive: %w", err)
	}
	for _, v := range n.Volumes {
		node, _ := p.Node(v.Node)
		if _, ok := node.Volume(v.Name); !ok {
			return nil, ferry.Errorf(ferry.Invalid, "the archive has a volume %s of %s, of which this Ferry knows nothing", v.Name, v.Node).
				WithHint("it was written by Ferry %s", n.Version)
		}
	}
	return renew(n, p)
}

// renew makes secrets where their service takes new ones.
func renew(n *state.Snapshot, p ferry.Plan) (renewed []string, err error) {
	var wanted []ferry.Secret
	for _, s := range p.Services {
		wanted = append(wanted, s.Secrets...)
	}
	var lost []string
	missing := secret.Values(n.Secrets).Missing(wanted)
	for _, s := range missing {
		renewed = append(renewed, s.Name)
		if s.Kind != ferry.SSHKey && !s.Renewable {
			lost = append(lost, s.Name)
		}
	}
	if len(lost) > 0 {
		return nil, ferry.Errorf(ferry.Invalid, "the archive's data is locked with %v, which is not in it", lost).
			WithHint("write it with: ferry export --with-secrets")
	}
	made, err := secret.Generate(missing)
	n.Secrets = state.Secrets(known(secret.Values(n.Secrets), wanted).With(made))
	slices.Sort(renewed)
	return slices.Compact(renewed), err
}

// known drops the secrets that nobody asks for.
func known(values secret.Values, wanted []ferry.Secret) secret.Values {
	kept := secret.Values{}
	for _, s := range wanted {
		if v, ok := values[s.Name]; ok {
			kept[s.Name] = v
		}
	}
	return kept
}

func (t *Transfer) fill(ctx context.Context, r *archive.Reader, n *state.Snapshot, progress func(string) error) error {
	for _, v := range n.Volumes {
		if err := t.Engine.CreateVolume(ctx, v.Volume, t.labels(n.ID, v.Node)); err != nil {
			return err
		}
	}
	for i := 0; ; i++ {
		node, name, tar, err := r.Next(ctx)
		if errors.Is(err, io.EOF) {
			return t.finish(ctx, n)
		}
		if err != nil {
			return err
		}
		if err := progress(fmt.Sprintf("volume %s of %s (%d of %d)", name, node, i+1, len(n.Volumes))); err != nil {
			return err
		}
		if err := t.Engine.UnpackVolume(ctx, n.Volumes[i].Volume, t.labels(n.ID, ""), tar); err != nil {
			return fmt.Errorf("volume %s of %s: %w", name, node, err)
		}
		if _, err := io.Copy(io.Discard, tar); err != nil {
			return err
		}
	}
}

// finish notes what the volumes hold, and makes the snapshot one that can be used.
func (t *Transfer) finish(ctx context.Context, n *state.Snapshot) error {
	sums, err := t.sums(ctx, n.Snapshot)
	if err != nil {
		return err
	}
	for i := range n.Volumes {
		v := &n.Volumes[i]
		v.Digest, v.Files, v.Bytes = sums[i].Digest, sums[i].Files, sums[i].Bytes
	}
	n.State = ferry.SnapshotGood
	return t.Records.UpdateSnapshot(ctx, *n)
}
