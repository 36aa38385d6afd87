// Package doctor checks whether a machine can run Ferry's stacks and, as root on
// Debian and Ubuntu, mends what it can: missing packages, an engine that is not
// running, a kernel module that is not loaded. It may be run any number of times.
// It never stops or restarts an engine.
package doctor

import (
	"context"
	"fmt"
	"time"

	"github.com/ferry-project/ferry/internal/api"
	"github.com/ferry-project/ferry/internal/engine"
	"github.com/ferry-project/ferry/internal/engine/endpoint"
)

// Doctor looks at one machine and the engine it is to use.
type Doctor struct {
	Home   string // FERRY_HOME, absolute
	Engine engine.Host
	// Socket is the local engine's; "": the engine is on another machine, and
	// what only its machine needs is not looked for here.
	Socket  string
	From    string // what named the engine, "DOCKER_HOST"; "": nothing, it is the usual one
	Machine Machine
	Now     func() time.Time
}

// New makes a doctor for this machine and the engine at that place.
func New(home string, at endpoint.Endpoint, e engine.Host) *Doctor {
	if at.Host == "" {
		at.Host = endpoint.Usual
	}
	return &Doctor{Home: home, Engine: e, Socket: at.Socket(), From: at.From, Machine: ThisMachine(), Now: time.Now}
}

// finding is a check and what would mend it.
type finding struct {
	api.Check
	packages []string // to be installed
	start    bool     // the engine, once the packages are there
	module   string   // to be loaded
}

// mendable reports whether Ferry knows a remedy.
func (f finding) mendable() bool { return len(f.packages) > 0 || f.start || f.module != "" }

// Run returns every check, also those that are fine. With fix it mends first what
// it can, telling progress each step before it is taken, and checks again; what
// could not be mended is part of the answer. The error is that of progress or of
// the context. Progress is not called without fix.
func (d *Doctor) Run(ctx context.Context, fix bool, progress func(line string) error) ([]api.Check, error) {
	before, err := d.examine(ctx)
	if err != nil || !fix {
		return checks(before), err
	}
	m := &mender{Doctor: d, progress: progress, failures: map[string]string{}}
	tried, err := m.mend(ctx, before)
	if err != nil || !tried {
		return checks(before), err
	}
	after, err := d.examine(ctx)
	for i := range after {
		f := &after[i]
		f.Fixed = f.OK && !before[i].OK
		if why := m.failures[f.Name]; why != "" && !f.OK {
			f.Hint = why
		}
	}
	return checks(after), err
}

func checks(findings []finding) []api.Check {
	out := make([]api.Check, len(findings))
	for i, f := range findings {
		out[i] = f.Check
	}
	return out
}

// examine makes every check, always the same ones in the same order. Those
// that fail without a hint of their own get the command that mends them.
func (d *Doctor) examine(ctx context.Context) ([]finding, error) {
	asking, cancel := context.WithTimeout(ctx, 10*time.Second)
	info, engineErr := d.Engine.Info(asking)
	cancel()
	base, clock := d.base(ctx)
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	findings := []finding{
		d.system(), d.engine(info, engineErr), d.limits(info, engineErr), d.iptables(info), d.engineDisk(info), d.homeDisk(),
		d.memory(info), d.fuse(info), base, d.clock(clock),
	}
	for i := range findings {
		if f := &findings[i]; !f.OK && f.Hint == "" {
			f.Hint = d.remedy(*f)
		}
	}
	return findings, nil
}

func good(name, format string, args ...any) finding {
	return finding{Check: api.Check{Name: name, OK: true, Found: fmt.Sprintf(format, args...)}}
}

func bad(name, format string, args ...any) finding {
	return finding{Check: api.Check{Name: name, Found: fmt.Sprintf(format, args...)}}
}

// hint says what the user can do where Ferry can do nothing.
func (f finding) hint(format string, args ...any) finding {
	f.Hint = fmt.Sprintf(format, args...)
	return f
}
