package stack

import (
	"context"
	"fmt"
	"sync"

	"github.com/ferry-project/ferry"
	"github.com/ferry-project/ferry/internal/state"
)

// disk is where a store lies; it can be full.
type disk struct {
	mu     sync.Mutex
	full   bool
	writes int
	fillAt int // the number of the write from which on it is full; 0: none
}

func (d *disk) set(full bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.full, d.fillAt = full, 0
}

// fillIn makes the n-th write from now, and every later one, fail.
func (d *disk) fillIn(n int) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.writes, d.fillAt = 0, n
}

// take is the error of a write.
func (d *disk) take() error {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.writes++
	if d.full || d.fillAt > 0 && d.writes >= d.fillAt {
		return &ferry.Error{Code: ferry.Failed, Message: "the disk that holds it is full", Err: fmt.Errorf("write: %w", state.ErrNotWritten)}
	}
	return nil
}

// reached reports whether the write of fillIn came.
func (d *disk) reached() bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.fillAt > 0 && d.writes >= d.fillAt
}

// store writes to a disk.
type store struct {
	*state.Store
	disk *disk
}

func (s store) Create(ctx context.Context, r state.Record, begin ...ferry.Job) error {
	if err := s.disk.take(); err != nil {
		return err
	}
	return s.Store.Create(ctx, r, begin...)
}

func (s store) Update(ctx context.Context, id string, change func(*state.Record) error) error {
	if err := s.disk.take(); err != nil {
		return err
	}
	return s.Store.Update(ctx, id, change)
}

func (s store) Delete(ctx context.Context, id string) error {
	if err := s.disk.take(); err != nil {
		return err
	}
	return s.Store.Delete(ctx, id)
}

func (s store) BeginJob(ctx context.Context, j ferry.Job) error {
	if err := s.disk.take(); err != nil {
		return err
	}
	return s.Store.BeginJob(ctx, j)
}

func (s store) EndJob(ctx context.Context, id string, state ferry.JobState, failure *ferry.Error) error {
	if err := s.disk.take(); err != nil {
		return err
	}
	return s.Store.EndJob(ctx, id, state, failure)
}

// AppendEvents is told of a full disk, but does not fill it: how many writes events
// are depends on the moment.
func (s store) AppendEvents(ctx context.Context, events []ferry.Event) error {
	s.disk.mu.Lock()
	full := s.disk.full || s.disk.fillAt > 0 && s.disk.writes >= s.disk.fillAt
	s.disk.mu.Unlock()
	if full {
		return fmt.Errorf("keep events: %w", state.ErrNotWritten)
	}
	return s.Store.AppendEvents(ctx, events)
}
