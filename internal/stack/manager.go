// Package stack holds Ferry's use cases, one file per verb. It implements
// api.Ferry in the server's process: it turns requests into plans, plans into
// graphs, hands graphs to the walker, and keeps records true. What is decided is
// decided in app, plan and the personalities; what is done is done by run.
package stack

import (
	"context"
	"log/slog"
	"sync"
	"time"

	"github.com/ferry-project/ferry"
	"github.com/ferry-project/ferry/internal/engine"
	"github.com/ferry-project/ferry/internal/event"
	"github.com/ferry-project/ferry/internal/personality"
	"github.com/ferry-project/ferry/internal/run"
	"github.com/ferry-project/ferry/internal/state"
)

// Config is what a Manager is made of.
type Config struct {
	Engine    engine.Engine
	Store     Store
	Events    *event.Broker
	Walker    *run.Walker
	Builder   Builder
	Catalogue personality.Catalogue
	// Refs returns the engine's reference of each recipe that nodes are made of,
	// Builders of those that only build others.
	Refs, Builders map[string]string
	// Pool is where subnets are cut from; "": the planner's default.
	Pool string
	// HomeLabel is what things of this FERRY_HOME are labelled with.
	HomeLabel string
	Version   string
	// Listening returns the TCP ports in use on this host.
	Listening func() []int
	Log       *slog.Logger
	Now       func() time.Time
}

// Manager carries out the verbs.
type Manager struct {
	Config
	jobs    jobs
	planned sync.Mutex // held from observing the engine until the record is made
	repairs repairs
	ledger  *ledger
}

// New makes a manager; Recover and Watch bring it in step with the engine.
func New(c Config) *Manager {
	m := &Manager{Config: c, ledger: newLedger(c.Log)}
	m.jobs.running = map[string]*job{}
	m.repairs.times = map[string][]time.Time{}
	m.repairs.awaited = map[string]bool{}
	c.Events.AskJobs(m.Job)
	return m
}

// Close ends every job without undoing it: the records say what was wanted, and
// the next server goes on from there. It waits until all have ended.
func (m *Manager) Close() {
	m.jobs.shutdown()
	m.ledger.close(context.Background())
}

// Find returns a record, or an error in the user's words.
func (m *Manager) Find(ctx context.Context, ref string) (state.Record, error) {
	return m.find(ctx, ref)
}

// find returns a record, or an error in the user's words.
func (m *Manager) find(ctx context.Context, ref string) (state.Record, error) {
	_ = m.ledger.pay(ctx) // if it cannot, the record is the older one
	rec, err := m.Store.Find(ctx, ref)
	if ferry.CodeOf(err) == ferry.NotFound {
		return rec, m.orLost(ctx, ref, err)
	}
	return rec, err
}

// mine returns the labels that everything of this FERRY_HOME bears.
func (m *Manager) mine() map[string]string {
	return map[string]string{ferry.LabelHome: m.HomeLabel}
}

// of returns the labels that everything of one stack bears.
func (m *Manager) of(stack string) map[string]string {
	return map[string]string{ferry.LabelHome: m.HomeLabel, ferry.LabelStack: stack}
}
