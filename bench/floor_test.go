package main

import (
	"errors"
	"slices"
	"strings"
	"sync"
	"testing"

	"golang.org/x/sync/errgroup"

	"github.com/ferry-project/ferry"
)

func TestStepsStandBehindWhatTheyComeAfter(t *testing.T) {
	g, ctx := errgroup.WithContext(t.Context())
	w := work{done: map[string]chan struct{}{}, group: g}
	var mu sync.Mutex
	var order []string
	note := func(what string) func() error {
		return func() error {
			mu.Lock()
			defer mu.Unlock()
			order = append(order, what)
			return nil
		}
	}
	begin := make(chan struct{})
	w.later(ctx, "start n0", nil, func() error { <-begin; return note("start")() })
	one, two := ferry.Planned{ID: "se-1"}, ferry.Planned{ID: "se-2"}
	w.step(ctx, one, "alive", "n0", nil, note("alive"))
	w.step(ctx, one, "ready n0", "n0", []string{"alive"}, note("ready"))
	w.step(ctx, two, "home", "n0", []string{"ready n0", "of no interest to the floor"}, note("home"))
	close(begin)
	if err := g.Wait(); err != nil {
		t.Fatal(err)
	}
	if want := []string{"start", "alive", "ready", "home"}; !slices.Equal(order, want) {
		t.Errorf("got %q, want %q", order, want)
	}
}

func TestAStepThatFailsEndsTheOthers(t *testing.T) {
	g, ctx := errgroup.WithContext(t.Context())
	w := work{done: map[string]chan struct{}{}, group: g}
	w.later(ctx, "start n0", nil, func() error { return errors.New("no such image") })
	w.step(ctx, ferry.Planned{ID: "se-1"}, "alive", "n0", nil, func() error { t.Error("begun"); return nil })
	if err := g.Wait(); err == nil || !strings.Contains(err.Error(), "start n0: no such image") {
		t.Errorf("got %v", err)
	}
}
