package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"path/filepath"
	"time"

	"github.com/ferry-project/ferry"
	"github.com/ferry-project/ferry/internal/engine"
	"github.com/ferry-project/ferry/internal/engine/docker"
	"github.com/ferry-project/ferry/internal/engine/endpoint"
	"github.com/ferry-project/ferry/internal/event"
	"github.com/ferry-project/ferry/internal/personality"
	"github.com/ferry-project/ferry/internal/plan"
	"github.com/ferry-project/ferry/internal/run"
	"github.com/ferry-project/ferry/internal/server"
	"github.com/ferry-project/ferry/internal/state"
	"github.com/ferry-project/ferry/internal/supervise"
)

// apiWorkers is how many the raw API has; more are no faster on few cores.
const apiWorkers = 8

// trivial is a service of nodes that do nothing.
type trivial struct{}

func (trivial) Card() personality.Card {
	return personality.Card{Name: "trivial", Class: ferry.Storage, Host: "trivial", Recipe: "base", Client: "none"}
}

func (trivial) Nodes(s ferry.Service) ([]personality.Shape, error) {
	return make([]personality.Shape, s.Instances), nil
}

func (trivial) Describe(r personality.Request) (b ferry.Blueprint, err error) {
	for _, m := range r.Nodes {
		b.Nodes = append(b.Nodes, ferry.NodeBlueprint{Name: m.Name, Image: "base"})
	}
	return b, nil
}

// trivialNodes compares the walker, with its events, to the same
// nodes made by the raw API.
func trivialNodes(ctx context.Context, o options) ([]row, error) {
	image, err := newFerry(o).baseImage(ctx)
	if err != nil {
		return nil, err
	}
	t := nodesBench{o: o, image: image, api: newRawAPI(o), calls: server.ParallelCalls()}
	all, err := interleave(ctx, o, []contender{{"walker", t.walk}, {"raw", t.raw}})
	if err != nil {
		return nil, err
	}
	what := fmt.Sprintf("%d trivial nodes; beside the raw API, %d at a time", o.nodes, apiWorkers)
	return []row{newRow(what, 1.1, all["walker"], all["raw"])}, nil
}

// baseImage returns the image of the recipe base, built if need be.
func (f ferryCLI) baseImage(ctx context.Context) (string, error) {
	if _, _, err := f.do(ctx, nil, "images", "build", "base", "--progress", "quiet"); err != nil {
		return "", err
	}
	out, _, err := f.do(ctx, nil, "images", "ls", "-o", "json")
	if err != nil {
		return "", err
	}
	var images []struct {
		Recipe, Ref    string
		Built, Current bool
	}
	if err := json.Unmarshal(out, &images); err != nil {
		return "", err
	}
	for _, i := range images {
		if i.Recipe == "base" && i.Built && i.Current {
			return i.Ref, nil
		}
	}
	return "", fmt.Errorf("ferry images ls knows no image of the recipe base")
}

type nodesBench struct {
	o     options
	image string
	api   *rawAPI
	calls int // the walker's, in flight
}

// plan is a real one, of an application of one service.
func (b nodesBench) plan(ctx context.Context) (ferry.Plan, error) {
	var networks []struct {
		IPAM struct{ Config []struct{ Subnet string } }
	}
	if err := b.api.call(ctx, "GET", "/networks", "", nil, &networks); err != nil {
		return ferry.Plan{}, err
	}
	var taken []string
	for _, n := range networks {
		for _, c := range n.IPAM.Config {
			taken = append(taken, c.Subnet)
		}
	}
	return planOf(trivial{}, b.o.nodes, plan.Input{
		Stack: fmt.Sprintf("sa-bench%d", time.Now().UnixMilli()), Images: map[string]string{"base": b.image}, Observed: plan.Observed{Subnets: taken},
	})
}

// planOf plans a stack of n instances of one storage.
func planOf(p personality.Personality, n int, in plan.Input) (ferry.Plan, error) {
	in.Catalogue = personality.Catalogue{p}
	in.Host = ferry.Host{ID: ferry.LocalHost, Memory: 64 << 30, CPUs: 2}
	in.Application = ferry.Application{Name: "bench", Backends: []ferry.Backend{{Storage: ferry.Service{
		Path: "backend[0].storage", Personality: p.Card().Name, Instances: n,
	}}}}
	return plan.New(in)
}

func (b nodesBench) raw(ctx context.Context) (took time.Duration, err error) {
	p, err := b.plan(ctx)
	if err != nil {
		return 0, err
	}
	begin := time.Now()
	err = b.api.makeNetwork(ctx, p.Network)
	if err == nil {
		err = each(p.Nodes, apiWorkers, func(n ferry.Node) error { return b.api.makeNode(ctx, p.Network.Name, n, nil) })
	}
	took = time.Since(begin)
	return took, errors.Join(err, b.api.remove(ctx, b.api.label))
}

// walk is Ferry's walker as the server has it: its events are kept.
func (b nodesBench) walk(ctx context.Context) (took time.Duration, err error) {
	p, err := b.plan(ctx)
	if err != nil {
		return 0, err
	}
	log := slog.New(slog.DiscardHandler)
	store, err := state.Open(filepath.Join(b.o.work, "nodes.db"), time.Now)
	if err != nil {
		return 0, err
	}
	defer store.Close() //nolint:errcheck // a temporary file
	events, err := event.New(ctx, store, log)
	if err != nil {
		return 0, err
	}
	defer events.Close()             //nolint:errcheck // a temporary file
	home := "bench-nodes-" + b.o.run // another run may be at work on this engine
	e, err := docker.New(docker.Options{At: endpoint.Endpoint{Host: "unix://" + b.o.socket}, Home: home, Log: log})
	if err != nil {
		return 0, err
	}
	job := ferry.Job{ID: fmt.Sprintf("jo-%d", time.Now().UnixNano()), Kind: ferry.BuildJob, State: ferry.JobRunning, Start: time.Now()}
	if err := store.BeginJob(ctx, job); err != nil {
		return 0, err
	}
	w := run.Walker{
		Hosts: run.Local(e, present{e}), Speakers: server.Speakers(), Publish: events.Publish,
		Supervise: supervise.Files, Home: home, Version: "bench", Parallel: b.calls, Log: log,
	}
	ops, err := plan.Change(plan.Past{}, plan.Goal{Plan: &p}, plan.Have{})
	if err != nil {
		return 0, err
	}
	begin := time.Now()
	_, err = w.Walk(ctx, run.Graph{Job: job.ID, Plan: &p, Ops: ops})
	took = time.Since(begin)
	return took, errors.Join(err, b.api.remove(ctx, ferry.LabelHome+"="+home))
}

// present asks for images as the server does when all are built.
type present struct{ engine.Images }

func (p present) Ensure(ctx context.Context, ref ferry.ImageRef, _ func(string)) error {
	_, ok, err := p.HasImage(ctx, ref.Ref)
	if err == nil && !ok {
		return fmt.Errorf("there is no image %s", ref.Ref)
	}
	return err
}
