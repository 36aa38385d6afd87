package snapshot

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/ferry-project/ferry"
	"github.com/ferry-project/ferry/internal/engine"
	"github.com/ferry-project/ferry/internal/plan"
)

const (
	// passes is how often a running stack is copied before it stands still, at most.
	passes = 4
	// short is a pass after which another one would gain little.
	short = 500 * time.Millisecond
	// tries is how often a stack stands still in vain before its snapshot is given up.
	tries = 3
	// wholeTime is long enough for a node to stand still: anything that waits for one
	// would call it dead by then.
	wholeTime = 20 * time.Second
)

// copy brings the copies of all volumes to what the stack holds at one moment.
func (s *saving) copy(ctx context.Context, have plan.Have) (err error) {
	all := pairs(&s.rec.Plan, s.snapshot.Snapshot)
	if len(all) == 0 {
		return nil
	}
	c, err := s.Engine.OpenCopy(ctx, all, s.labels(""))
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, c.Close(context.WithoutCancel(ctx))) }()
	nodes := s.writers(have)
	if err := s.step(ctx, "data", "a first copy, while the stack works", func(ctx context.Context) error { return s.near(ctx, c, len(nodes) > 0) }); err != nil {
		return err
	}
	if len(nodes) > 0 {
		err = s.step(ctx, "changes", "what has changed meanwhile, while the stack stands still", func(ctx context.Context) error { return s.exact(ctx, c, nodes) })
	}
	if err != nil {
		return err
	}
	return s.step(ctx, "sums", "what the copies hold", func(ctx context.Context) error { return s.sum(ctx, c) })
}

// near copies until little is left to copy; one pass is enough when nobody writes.
func (s *saving) near(ctx context.Context, c engine.Copying, writing bool) error {
	for range passes {
		begin := s.Now()
		done, err := c.Pass(ctx)
		if err != nil || !writing {
			return err
		}
		s.Log.Debug("a pass of a snapshot", "snapshot", s.snapshot.ID, "files", done.Files, "bytes", done.Bytes)
		if s.Now().Sub(begin) < short {
			break
		}
	}
	return nil
}

// writers are the nodes that run and have data: those must stand still together. A
// connector keeps its user's files only, and may wait for a file system that stands
// still itself, so that it could not be frozen.
func (s *saving) writers(have plan.Have) []string {
	up := have.Up()
	var all []string
	for _, p := range dataOf(&s.rec.Plan) {
		service, _ := s.rec.Plan.Service(p.node.Service)
		if service.Class != ferry.Connector && slices.Contains(up, p.node.Name) && !slices.Contains(all, p.node.Container) {
			all = append(all, p.node.Container)
		}
	}
	return all
}

// patience is how long the nodes may stand still before something takes one for dead.
func (s *saving) patience() time.Duration {
	limit := wholeTime
	for _, service := range s.rec.Plan.Services {
		if service.MaxFreeze > 0 {
			limit = min(limit, service.MaxFreeze)
		}
	}
	return limit
}

// exact copies the rest while no node writes. When that takes longer than the nodes may
// stand still they go on, and it is tried again with less left to copy.
func (s *saving) exact(ctx context.Context, c engine.Copying, nodes []string) error {
	limit := s.patience()
	for range tries {
		took, err := s.frozen(ctx, c, nodes, limit)
		if err != nil {
			return err
		}
		if took <= limit {
			s.snapshot.Still = took
			return nil
		}
		s.Jobs.Publish(s.rec.ID, ferry.Event{Kind: ferry.Note, Message: fmt.Sprintf(
			"what changed meanwhile was not copied within %v, which is as long as its nodes may stand still; they went on, and it is tried again", limit)})
	}
	return ferry.Errorf(ferry.Failed, "%s writes faster than it can be copied: %d times its changes were not copied within %v", s.rec.ID, tries, limit).
		WithHint("stop what writes, or the stack: ferry stop %s", s.rec.ID)
}

// frozen is one pass with the nodes frozen, and how long they were. They always go on:
// in time, whatever becomes of the pass.
func (s *saving) frozen(ctx context.Context, c engine.Copying, nodes []string, limit time.Duration) (took time.Duration, err error) {
	begin := s.Now()
	if err := s.Engine.Freeze(ctx, nodes); err != nil {
		return 0, err
	}
	thaw := func() error { return s.Engine.Thaw(context.WithoutCancel(ctx), nodes) }
	copied := make(chan error, 1)
	go func() {
		_, err := c.Pass(ctx)
		copied <- err
	}()
	alarm := time.NewTimer(limit)
	defer alarm.Stop()
	select {
	case err = <-copied:
		err = errors.Join(err, thaw())
		return s.Now().Sub(begin), err
	case <-alarm.C:
		err = thaw()
		took = s.Now().Sub(begin)
		return max(took, limit+1), errors.Join(err, <-copied)
	}
}

// sum notes what the copies hold, so that a later change of one shows.
func (s *saving) sum(ctx context.Context, c engine.Copying) error {
	for i := range s.snapshot.Volumes {
		v := &s.snapshot.Volumes[i]
		sum, err := c.Sum(ctx, v.Volume)
		if err != nil {
			return err
		}
		v.Digest, v.Files, v.Bytes = sum.Digest, sum.Files, sum.Bytes
	}
	return nil
}
