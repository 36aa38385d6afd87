// Package stack holds the verbs of a stack's life, one per file: what a verb does stands
// there in the order in which it happens. It turns requests into plans, plans and what
// there is into operations, and hands those to the walker. What is decided is decided in
// app, plan and the personalities; what is done is done by run; what every job shares is
// job's.
package stack

import (
	"sync"
	"time"

	"github.com/ferry-project/ferry/internal/engine"
	"github.com/ferry-project/ferry/internal/inventory"
	"github.com/ferry-project/ferry/internal/job"
	"github.com/ferry-project/ferry/internal/planning"
	"github.com/ferry-project/ferry/internal/snapshot"
)

// Config is what a Manager is made of.
type Config struct {
	Engine    engine.Engine
	Store     Store
	Jobs      *job.Jobs
	Inventory *inventory.Inventory
	Work      *job.Worker
	Snapshots *snapshot.Keeper
	Images    Images
	Planner   *planning.Planner
	// Refs are the engine's references of the recipes that nodes are made of.
	Refs    map[string]string
	Version string
	// Leased is called when there is a stack with a new lease.
	Leased func()
	Now    func() time.Time
}

// Manager carries out the verbs: it finds what a request is about, refuses what cannot be,
// records what is wanted, and starts the job.
type Manager struct{ *reconciler }

// reconciler does what jobs do: it brings a stack up, down, from one plan to another or
// to nothing, from whatever there is of it, and takes back what fails.
type reconciler struct {
	engine    engine.Engine
	store     Store
	jobs      *job.Jobs
	inventory *inventory.Inventory
	work      *job.Worker
	snapshots *snapshot.Keeper
	images    Images
	planner   *planning.Planner
	refs      map[string]string
	version   string
	leased    func()
	now       func() time.Time
	planned   sync.Mutex // held from observing the engine until the record is made
}

// New makes a manager; Recover brings it in step with the engine.
func New(c Config) *Manager {
	return &Manager{&reconciler{
		engine: c.Engine, store: c.Store, jobs: c.Jobs, inventory: c.Inventory, work: c.Work, snapshots: c.Snapshots,
		images: c.Images, planner: c.Planner, refs: c.Refs, version: c.Version, leased: c.Leased, now: c.Now,
	}}
}
