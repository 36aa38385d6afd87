package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"github.com/ferry-project/ferry"
	"github.com/ferry-project/ferry/internal/api"
)

// ferryCLI is Ferry as its users have it: a binary, with a home of this run's own.
type ferryCLI struct {
	binary, home string
	meter        *meter // of its commands; nil: nobody asks
}

func newFerry(o options) ferryCLI {
	return ferryCLI{o.ferry, filepath.Join(o.work, "home"), &meter{}}
}

// do runs a command of Ferry and returns its two outputs.
func (f ferryCLI) do(ctx context.Context, stdin []byte, args ...string) (out, talk []byte, err error) {
	cmd := exec.CommandContext(ctx, f.binary, args...)
	undisturbed(cmd)
	cmd.Env = append(os.Environ(), "FERRY_HOME="+f.home)
	cmd.Stdin = bytes.NewReader(stdin)
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	err = cmd.Run()
	f.meter.ended(cmd.ProcessState)
	if err != nil {
		line, _, _ := strings.Cut(strings.Join(args, " "), "\n") // of a script only its beginning
		err = fmt.Errorf("ferry %s: %w: %s", line, err, lastLine(stderr.Bytes()))
	}
	return stdout.Bytes(), stderr.Bytes(), err
}

func lastLine(text []byte) []byte {
	text = bytes.TrimSpace(text)
	return text[bytes.LastIndexByte(text, '\n')+1:]
}

// plan returns Ferry's plan of an application.
func (f ferryCLI) plan(ctx context.Context, application string) (p ferry.Plan, err error) {
	out, _, err := f.do(ctx, nil, "plan", application, "-o", "json")
	if err != nil {
		return p, err
	}
	return p, json.Unmarshal(out, &p)
}

// start starts an application, and returns the stack and the events of its job.
func (f ferryCLI) start(ctx context.Context, application string) (stack string, events []ferry.Event, err error) {
	out, talk, err := f.do(ctx, nil, "start", application, "--progress", "json")
	return strings.TrimSpace(string(out)), eventsIn(talk), err
}

// eventsIn are the lines that are events; others are said in between.
func eventsIn(talk []byte) (all []ferry.Event) {
	lines := bufio.NewScanner(bytes.NewReader(talk))
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		var e ferry.Event
		if json.Unmarshal(lines.Bytes(), &e) == nil && e.Kind != "" {
			all = append(all, e)
		}
	}
	return all
}

func (f ferryCLI) remove(ctx context.Context, stack string) error {
	if stack == "" {
		return nil
	}
	_, _, err := f.do(context.WithoutCancel(ctx), nil, "rm", "--force", "--yes", stack)
	return err
}

func (f ferryCLI) version(ctx context.Context) (api.Version, error) {
	var v struct{ Server *api.Version }
	out, _, err := f.do(ctx, nil, "version", "-o", "json")
	if err != nil {
		return api.Version{}, err
	}
	if err := json.Unmarshal(out, &v); err != nil {
		return api.Version{}, err
	}
	if v.Server == nil {
		return api.Version{}, errors.New("ferry version: no server answers")
	}
	return *v.Server, nil
}

// quit ends the server and waits until its process is gone.
func (f ferryCLI) quit(ctx context.Context) error {
	v, err := f.version(ctx)
	if err != nil {
		return nil // none runs
	}
	if _, _, err := f.do(ctx, nil, "quit"); err != nil {
		return err
	}
	return until(ctx, func() bool {
		_, err := os.Stat(fmt.Sprintf("/proc/%d/exe", v.PID))
		return err != nil
	})
}

// until asks often, for half a minute.
func until(ctx context.Context, true func() bool) error {
	ctx, cancel := context.WithTimeout(ctx, 30*time.Second)
	defer cancel()
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for !true() {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-tick.C:
		}
	}
	return nil
}
