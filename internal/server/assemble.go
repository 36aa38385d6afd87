package server

import (
	"context"
	"fmt"
	"runtime"
	"time"

	"github.com/ferry-project/ferry"
	recipes "github.com/ferry-project/ferry/images"
	"github.com/ferry-project/ferry/internal/api"
	"github.com/ferry-project/ferry/internal/bundle"
	"github.com/ferry-project/ferry/internal/doctor"
	"github.com/ferry-project/ferry/internal/engine"
	"github.com/ferry-project/ferry/internal/engine/docker"
	"github.com/ferry-project/ferry/internal/event"
	"github.com/ferry-project/ferry/internal/images"
	"github.com/ferry-project/ferry/internal/inside"
	"github.com/ferry-project/ferry/internal/inventory"
	"github.com/ferry-project/ferry/internal/job"
	"github.com/ferry-project/ferry/internal/lease"
	"github.com/ferry-project/ferry/internal/personality"
	"github.com/ferry-project/ferry/internal/personality/all"
	"github.com/ferry-project/ferry/internal/run"
	"github.com/ferry-project/ferry/internal/script"
	"github.com/ferry-project/ferry/internal/script/cql"
	words "github.com/ferry-project/ferry/internal/script/hadoop"
	"github.com/ferry-project/ferry/internal/script/kafka"
	"github.com/ferry-project/ferry/internal/speak"
	"github.com/ferry-project/ferry/internal/speak/cassandra"
	"github.com/ferry-project/ferry/internal/speak/hadoop"
	speakkafka "github.com/ferry-project/ferry/internal/speak/kafka"
	"github.com/ferry-project/ferry/internal/stack"
	"github.com/ferry-project/ferry/internal/state"
	"github.com/ferry-project/ferry/internal/supervise"
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
	*inventory.Inventory
	*job.Jobs
	*inside.Reach
	*lease.Leases
	*bundle.Packer
	system
}

var _ api.Ferry = useCases{}

// assemble builds everything from the bottom up. What it opened is in closers,
// also when it fails half way.
func assemble(ctx context.Context, c Config, p Paths, quit func()) (useCases, closers, error) {
	var cs closers
	store, err := state.Open(p.Store, time.Now)
	if err != nil {
		return useCases{}, cs, err
	}
	cs = append(cs, store.Close)
	events, err := event.New(ctx, store, c.Log)
	if err != nil {
		return useCases{}, cs, err
	}
	cs = append(cs, events.Close)
	e, err := engineOf(c)
	if err != nil {
		return useCases{}, cs, err
	}
	loaded, err := images.Load(recipes.FS)
	if err != nil {
		return useCases{}, cs, fmt.Errorf("load the image recipes: %w", err)
	}
	builder := &images.Builder{
		Engine: e, Recipes: loaded, Home: p.Cache, Host: c.Settings,
		Clients: clients(all.Personalities().Cards()), Version: c.Version, Log: c.Log,
	}
	jobs := job.Open(store, events, c.Log, time.Now)
	there := &inventory.Inventory{Engine: e, Records: store, Owed: jobs, HomeLabel: Label(c.Home)}
	leases := lease.New(store, c.Log, time.Now)
	stacks := stack.New(stack.Config{
		Engine: e, Jobs: jobs, Inventory: there, Store: store, Events: events, Builder: builder,
		Walker:    walker(c, e, builder, events),
		Catalogue: all.Personalities(),
		Refs:      loaded.Refs(), Builders: loaded.Builders(),
		Pool: c.AddressPool, HomeLabel: Label(c.Home), Version: c.Version,
		Listening: stack.ListeningPorts, Leased: leases.Wake, Log: c.Log, Now: time.Now,
	})
	reach, sys := &inside.Reach{Engine: e, Records: there, HomeLabel: Label(c.Home)}, systemOf(c, e, quit)
	return useCases{
		Manager: stacks, Jobs: jobs, Inventory: there, Leases: leases, Reach: reach, system: sys,
		Packer: bundle.New(bundle.Sources{Stacks: there, Nodes: reach, Events: store, Version: sys.Version, Now: time.Now}),
	}, cs, nil
}

func systemOf(c Config, e Engine, quit func()) system {
	return system{
		page: &page{log: c.Log}, engine: e, doctor: doctor.New(c.Home, c.At, e), at: c.At,
		home: c.Home, version: c.Version, quit: quit,
	}
}

func walker(c Config, e engine.Engine, builder *images.Builder, events *event.Broker) *run.Walker {
	return &run.Walker{
		Hosts: run.Local(e, ensurer{builder}), Speakers: Speakers(), Publish: events.Publish,
		Supervise: supervise.Files, Home: Label(c.Home), Version: c.Version,
		Parallel: ParallelCalls(), Now: time.Now, Log: c.Log,
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
type ensurer struct{ *images.Builder }

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
