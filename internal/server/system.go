package server

import (
	"context"
	"os"
	"runtime"
	"strconv"
	"strings"

	"github.com/ferry-project/ferry/internal/api"
	"github.com/ferry-project/ferry/internal/doctor"
	"github.com/ferry-project/ferry/internal/engine"
	"github.com/ferry-project/ferry/internal/engine/endpoint"
)

// system implements api.System.
type system struct {
	*page
	engine  engine.Engine
	doctor  *doctor.Doctor
	at      endpoint.Endpoint
	home    string
	version string
	quit    func()
}

// Version says which Ferry and which engine answer. An engine that does not is
// part of the answer.
func (s system) Version(ctx context.Context) (api.Version, error) {
	v := api.Version{
		Ferry: s.version, Go: runtime.Version(), Home: s.home, PID: os.Getpid(), MemoryRSS: residentMemory(),
		EngineAt: s.at.Host, EngineFrom: s.at.From,
	}
	info, err := s.engine.Info(ctx)
	if err != nil {
		v.EngineError = err.Error()
		return v, nil
	}
	v.Engine, v.EngineVersion, v.EngineAPI = info.Engine, info.Version, info.APIVersion
	return v, nil
}

// residentMemory of this process in bytes, from the kernel; 0 where it does not say.
func residentMemory() int64 {
	text, err := os.ReadFile("/proc/self/statm")
	if err != nil {
		return 0
	}
	fields := strings.Fields(string(text))
	if len(fields) < 2 {
		return 0
	}
	pages, err := strconv.ParseInt(fields[1], 10, 64)
	if err != nil {
		return 0
	}
	return pages * int64(os.Getpagesize())
}

// Doctor checks the machine and, when asked to, mends it.
func (s system) Doctor(ctx context.Context, fix bool, progress func(line string) error) ([]api.Check, error) {
	return s.doctor.Run(ctx, fix, progress)
}

// Quit ends the server; stacks go on, and so does, in the next server, what was
// at work.
func (s system) Quit(context.Context) error {
	s.quit()
	return nil
}
