package server

import (
	"context"
	"fmt"
	"runtime"
	"time"

	"github.com/ferry-project/ferry"
	recipes "github.com/ferry-project/ferry/images"
	"github.com/ferry-project/ferry/internal/api"
	"github.com/ferry-project/ferry/internal/build"
	"github.com/ferry-project/ferry/internal/bundle"
	"github.com/ferry-project/ferry/internal/doctor"
	"github.com/ferry-project/ferry/internal/engine/docker"
	"github.com/ferry-project/ferry/internal/event"
	"github.com/ferry-project/ferry/internal/images"
	"github.com/ferry-project/ferry/internal/inside"
	"github.com/ferry-project/ferry/internal/inventory"
	"github.com/ferry-project/ferry/internal/job"
	"github.com/ferry-project/ferry/internal/lease"
	"github.com/ferry-project/ferry/internal/personality"
	"github.com/ferry-project/ferry/internal/personality/all"
	"github.com/ferry-project/ferry/internal/planning"
	"github.com/ferry-project/ferry/internal/run"
	"github.com/ferry-project/ferry/internal/script"
	"github.com/ferry-project/ferry/internal/script/cql"
	words "github.com/ferry-project/ferry/internal/script/hadoop"
	"github.com/ferry-project/ferry/internal/script/kafka"
	"github.com/ferry-project/ferry/internal/snapshot"
	"github.com/ferry-project/ferry/internal/speak"
	"github.com/ferry-project/ferry/internal/speak/cassandra"
	"github.com/ferry-project/ferry/internal/speak/hadoop"
	speakkafka "github.com/ferry-project/ferry/internal/speak/kafka"
	"github.com/ferry-project/ferry/internal/stack"
	"github.com/ferry-project/ferry/internal/state"
	"github.com/ferry-project/ferry/internal/supervise"
	"github.com/ferry-project/ferry/internal/transfer"
	"github.com/ferry-project/ferry/internal/watch"
)

// ParallelCalls bounds engine calls in flight. Starts are bound by CPU: on two
// cores fifty nodes took no longer two at a time than eight at a time, and a
// volume whose servers did not share the cores with the nodes that wait for it was
// there a second earlier. An engine elsewhere has an unknown number of cores;
// more than eight at once were never faster.
func ParallelCalls() int { return min(max(runtime.NumCPU(), fewestCalls), mostCalls) }

const (
	fewestCalls = 2
	mostCalls   = 8
)

// useCases are the facets of api.Ferry, each from the package that has its use cases.
type useCases struct {
	*stack.Manager
	*planning.Planner
	*images.Stock
	*snapshot.Keeper
	*watch.Watcher
	*inventory.Inventory
	*job.Jobs
	*inside.Reach
	*lease.Leases
	*bundle.Packer
	*transfer.Transfer
	system
}

var _ api.Ferry = useCases{}

// ground is what all use cases stand on.
type ground struct {
	store   *state.Store
	events  *event.Broker
	engine  Engine
	recipes *build.Recipes
}

// open makes the ground. What it opened is in closers, also when it fails half way.
func open(ctx context.Context, c Config, p Paths) (g ground, cs closers, err error) {
	if g.store, err = state.Open(p.Store, time.Now); err != nil {
		return g, cs, err
	}
	cs = append(cs, g.store.Close)
	if g.events, err = event.New(ctx, g.store, c.Log); err != nil {
		return g, cs, err
	}
	cs = append(cs, g.events.Close)
	if g.engine, err = engineOf(c); err != nil {
		return g, cs, err
	}
	if g.recipes, err = build.Load(recipes.FS); err != nil {
		return g, cs, fmt.Errorf("load the image recipes: %w", err)
	}
	return g, cs, nil
}

// assemble builds everything from the bottom up. What it opened is in closers,
// also when it fails half way.
func assemble(ctx context.Context, c Config, p Paths, quit func()) (useCases, closers, error) {
	g, cs, err := open(ctx, c, p)
	if err != nil {
		return useCases{}, cs, err
	}
	home, refs := Label(c.Home), g.recipes.Refs()
	builder := &build.Builder{
		Engine: g.engine, Recipes: g.recipes, Home: p.Cache, Host: c.Settings,
		Clients: clients(all.Personalities().Cards()), Version: c.Version, Log: c.Log,
	}
	jobs := job.Open(g.store, g.events, c.Log, time.Now)
	there := &inventory.Inventory{Engine: g.engine, Records: g.store, Owed: jobs, HomeLabel: home}
	leases := lease.New(g.store, c.Log, time.Now)
	planner := &planning.Planner{
		Engine: g.engine, Records: g.store, Inventory: there, Labels: builder, Catalogue: all.Personalities(),
		Refs: refs, Pool: c.AddressPool, Listening: planning.ListeningPorts,
	}
	work := &job.Worker{Jobs: jobs, Walker: walker(c, g, builder)}
	keeper := &snapshot.Keeper{
		Engine: g.engine, Store: g.store, Inventory: there, Jobs: jobs, Work: work, Saved: builder,
		HomeLabel: home, MadeBy: c.Version, Log: c.Log, Now: time.Now,
	}
	stacks := stack.New(stack.Config{
		Engine: g.engine, Store: g.store, Jobs: jobs, Inventory: there, Work: work, Snapshots: keeper,
		Images: builder, Planner: planner, Refs: refs, Version: c.Version, Leased: leases.Wake, Now: time.Now,
	})
	reach, sys := &inside.Reach{Engine: g.engine, Records: there, HomeLabel: home}, systemOf(c, g.engine, quit)
	return useCases{
		Manager: stacks, Planner: planner, Keeper: keeper, Jobs: jobs, Inventory: there, Leases: leases, Reach: reach, system: sys,
		Packer: bundle.New(bundle.Sources{Stacks: there, Nodes: reach, Events: g.store, Version: sys.Version, Now: time.Now}),
		Stock: &images.Stock{
			Engine: g.engine, Builder: builder, Inventory: there, Jobs: jobs, Events: g.events,
			Refs: refs, Builders: g.recipes.Builders(), Now: time.Now,
		},
		Watcher: &watch.Watcher{
			Engine: g.engine, Records: g.store, Jobs: jobs, Inventory: there, Events: g.events, Verbs: stacks,
			Log: c.Log, Now: time.Now,
		},
		Transfer: carrier(c, g, planner, keeper),
	}, cs, nil
}

func systemOf(c Config, e Engine, quit func()) system {
	return system{
		page: &page{log: c.Log}, engine: e, doctor: doctor.New(c.Home, c.At, e), at: c.At,
		home: c.Home, version: c.Version, quit: quit,
	}
}

// walker carries out what plans say.
func walker(c Config, g ground, builder *build.Builder) *run.Walker {
	return &run.Walker{
		Hosts: run.Local(g.engine, ensurer{builder}), Speakers: Speakers(), Publish: g.events.Publish,
		Supervise: supervise.Files, Home: Label(c.Home), Version: c.Version,
		Parallel: ParallelCalls(), Now: time.Now, Log: c.Log,
	}
}

// carrier carries snapshots elsewhere and back.
func carrier(c Config, g ground, planner *planning.Planner, keeper *snapshot.Keeper) *transfer.Transfer {
	return &transfer.Transfer{
		Engine: g.engine, Records: g.store, Planner: planner, Keeper: keeper, HomeLabel: Label(c.Home), FerryVersion: c.Version,
	}
}

// Speakers are the protocols that Ferry speaks with nodes. A personality that needs
// another one adds its speaker here.
func Speakers() speak.Speakers {
	return speak.Speakers{
		script.TCPProtocol: speak.TCP{}, script.HTTPProtocol: speak.HTTP{}, cql.Protocol: cassandra.Speaker{},
		words.CallProtocol: hadoop.RPC{}, words.CopiesProtocol: hadoop.Copies{},
		words.BlocksProtocol: hadoop.Blocks{}, words.ContainersProtocol: hadoop.Containers{},
		kafka.Protocol: speakkafka.Speaker{},
	}
}

// clients returns the clients' recipes by every name that a user's Dockerfile may
// call them.
func clients(cards []personality.Card) map[string]string {
	recipes := map[string]string{}
	for _, c := range cards {
		if c.Class != ferry.Connector || c.Recipe == "" {
			continue
		}
		for _, name := range append([]string{c.Name, c.Recipe}, c.Aliases...) {
			recipes[name] = c.Recipe
		}
	}
	return recipes
}

func engineOf(c Config) (Engine, error) {
	if c.Engine != nil {
		return c.Engine, nil
	}
	return docker.New(docker.Options{At: c.At, Home: Label(c.Home), Program: c.Program, Log: c.Log})
}

// ensurer makes the walker's image operation of a builder: a recipe is built, a
// user's own image has to be there.
type ensurer struct{ *build.Builder }

func (e ensurer) Ensure(ctx context.Context, ref ferry.ImageRef, progress func(line string)) error {
	if ref.Recipe != "" {
		return e.Builder.Ensure(ctx, ref.Recipe, progress)
	}
	_, ok, err := e.Labels(ctx, ref.Ref)
	if err == nil && !ok {
		return ferry.Errorf(ferry.NotFound, "there is no image %s", ref.Ref).
			WithHint("build it from its folder: ferry start … -b DIR")
	}
	return err
}
