// Package stack holds the verbs of a stack's life, one per file: what a verb does stands
// there in the order in which it happens. It turns requests into plans, plans and what
// there is into operations, and hands those to the walker. What is decided is decided in
// app, plan and the personalities; what is done is done by run; what every job shares is
// job's.
package stack

import (
	"log/slog"
	"sync"
	"time"

	"github.com/ferry-project/ferry/internal/engine"
	"github.com/ferry-project/ferry/internal/event"
	"github.com/ferry-project/ferry/internal/inventory"
	"github.com/ferry-project/ferry/internal/job"
	"github.com/ferry-project/ferry/internal/personality"
	"github.com/ferry-project/ferry/internal/run"
)

// Config is what a Manager is made of.
type Config struct {
	Engine    engine.Engine
	Store     Store
	Jobs      *job.Jobs
	Inventory *inventory.Inventory
	Events    *event.Broker
	Walker    *run.Walker
	Builder   Builder
	Catalogue personality.Catalogue
	// Refs are the engine's references of the recipes that nodes are made of, Builders
	// those of recipes that only build others.
	Refs, Builders map[string]string
	// Pool is where subnets are cut from; "": the planner's default.
	Pool string
	// HomeLabel is what things of this FERRY_HOME are labelled with.
	HomeLabel string
	Version   string
	// Listening returns the TCP ports in use on this host.
	Listening func() []int
	// Leased is called when there is a stack with a new lease.
	Leased func()
	Log    *slog.Logger
	Now    func() time.Time
}

// Manager carries out the verbs.
type Manager struct {
	engine         engine.Engine
	store          Store
	jobs           *job.Jobs
	inventory      *inventory.Inventory
	events         *event.Broker
	walker         *run.Walker
	builder        Builder
	catalogue      personality.Catalogue
	refs, builders map[string]string
	pool           string
	homeLabel      string
	version        string
	listening      func() []int
	leased         func()
	log            *slog.Logger
	now            func() time.Time
	planned        sync.Mutex // held from observing the engine until the record is made
	repairs        repairs
}

// New makes a manager; Recover and Watch bring it in step with the engine.
func New(c Config) *Manager {
	return &Manager{
		engine: c.Engine, store: c.Store, jobs: c.Jobs, inventory: c.Inventory, events: c.Events, walker: c.Walker,
		builder: c.Builder, catalogue: c.Catalogue, refs: c.Refs, builders: c.Builders, pool: c.Pool,
		homeLabel: c.HomeLabel, version: c.Version, listening: c.Listening, leased: c.Leased, log: c.Log, now: c.Now,
		repairs: repairs{times: map[string][]time.Time{}, awaited: map[string]bool{}},
	}
}
