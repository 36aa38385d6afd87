package main

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"os/exec"
	"syscall"
	"time"

	"github.com/ferry-project/ferry"
	"github.com/ferry-project/ferry/internal/server"
)

// undisturbed keeps a terminal's Ctrl-C from a command: this program hears it, and
// ends what it has to end and clears away the rest.
func undisturbed(c *exec.Cmd) { c.SysProcAttr = &syscall.SysProcAttr{Setpgid: true} }

// clearAway takes away what an experiment that failed, or was interrupted, left: what
// bears the label of this run, and the stacks of this run's Ferry.
func clearAway(ctx context.Context, o options) {
	f, raw := newFerry(o), newRawAPI(o)
	var err error
	if exists(f.home) {
		err = f.quit(context.WithoutCancel(ctx)) // it would start again what is removed
	}
	err = errors.Join(err, raw.remove(ctx, raw.label), raw.remove(ctx, ferry.LabelHome+"="+server.Label(f.home)))
	if err != nil {
		say("not all was cleared away: %v", err)
	}
}

const (
	clearPatience = time.Minute
	calmRounds    = 4 // a second apart, in which nothing new was found
)

// remove takes away everything that bears a label, also when ctx is over. Then it
// looks again for some seconds: the engine goes on with what it was asked for after
// who asked has hung up, so a container can come to be after the listing.
func (a *rawAPI) remove(ctx context.Context, label string) error {
	interrupted := ctx.Err() != nil
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), clearPatience)
	defer cancel()
	_, err := a.removeFound(ctx, label)
	if !interrupted && err == nil {
		return nil
	}
	tick := time.NewTicker(time.Second)
	defer tick.Stop()
	for calm := 0; calm < calmRounds; {
		select {
		case <-ctx.Done():
			return fmt.Errorf("remove what bears the label %s: %w", label, errors.Join(err, ctx.Err()))
		case <-tick.C:
		}
		calm++
		var found int
		if found, err = a.removeFound(ctx, label); found > 0 {
			calm = 0
		}
	}
	return err
}

// removeFound takes away what bears a label now, and says how much that was.
func (a *rawAPI) removeFound(ctx context.Context, label string) (found int, err error) {
	filter := url.QueryEscape(fmt.Sprintf(`{"label":[%q]}`, label))
	var containers []struct{ ID string }
	var volumes struct{ Volumes []struct{ Name string } }
	var networks []struct{ ID string }
	err = errors.Join(
		a.call(ctx, http.MethodGet, "/containers/json?all=1&filters="+filter, "", nil, &containers),
		a.call(ctx, http.MethodGet, "/volumes?filters="+filter, "", nil, &volumes),
		a.call(ctx, http.MethodGet, "/networks?filters="+filter, "", nil, &networks))
	var paths []string
	for _, c := range containers {
		paths = append(paths, "/containers/"+c.ID+"?force=1&v=1")
	}
	err = errors.Join(err, each(paths, apiWorkers, func(p string) error { return a.delete(ctx, p) }))
	for _, v := range volumes.Volumes {
		err = errors.Join(err, a.delete(ctx, "/volumes/"+v.Name))
	}
	for _, n := range networks {
		a.removeNetwork(ctx, n.ID)
	}
	return len(containers) + len(volumes.Volumes), err
}

// removeNetwork does what it can: engine 20.10 sometimes loses count of the ends
// of a network that many containers left at once, and keeps it until it is started
// again.
func (a *rawAPI) removeNetwork(ctx context.Context, id string) {
	if a.delete(ctx, "/networks/"+id) == nil {
		return
	}
	var network struct {
		Containers map[string]struct{ Name string }
	}
	err := a.call(ctx, http.MethodGet, "/networks/"+id, "", nil, &network)
	for _, c := range network.Containers {
		err = errors.Join(err, a.post(ctx, "/networks/"+id+"/disconnect", map[string]any{"Container": c.Name, "Force": true}, nil))
	}
	if gone := a.delete(ctx, "/networks/"+id); gone != nil {
		say("a network is left behind: %v", errors.Join(err, gone))
	}
}
