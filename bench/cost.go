package main

import (
	"context"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync/atomic"
	"time"
)

// cost is processor time. On a machine with other work it says more than the
// clock does.
type cost struct{ containers, engine, own time.Duration }

// meter adds up the processor time of Ferry's or compose's own processes.
type meter struct{ spent atomic.Int64 }

func (m *meter) ended(p *os.ProcessState) {
	if m != nil && p != nil {
		m.spent.Add(int64(p.UserTime() + p.SystemTime()))
	}
}

func (m *meter) total() time.Duration { return time.Duration(m.spent.Load()) }

// containersCost is what the running containers that bear a label have used
// since they began.
func (a *rawAPI) containersCost(ctx context.Context, label string) (total time.Duration) {
	var containers []struct{ ID string }
	path := "/containers/json?filters=" + url.QueryEscape(`{"label":["`+label+`"]}`)
	if a.call(ctx, http.MethodGet, path, "", nil, &containers) != nil {
		return 0
	}
	for _, c := range containers {
		var s struct {
			CPU struct {
				Usage struct {
					Total int64 `json:"total_usage"`
				} `json:"cpu_usage"`
			} `json:"cpu_stats"`
		}
		if a.call(ctx, http.MethodGet, "/containers/"+c.ID+"/stats?stream=false&one-shot=true", "", nil, &s) == nil {
			total += time.Duration(s.CPU.Usage.Total)
		}
	}
	return total
}

// engineCost is what the daemons of all engines here have used, for whomever; the
// shims of containers come and go and are left out.
func engineCost() (total time.Duration) {
	stats, _ := filepath.Glob("/proc/[0-9]*/stat")
	for _, f := range stats {
		text, err := os.ReadFile(f)
		name, spent := processCost(string(text))
		if err == nil && (name == "dockerd" || name == "containerd") {
			total += spent
		}
	}
	return total
}

// serverCost is what a process has used; 0 when there is none.
func serverCost(pid int) time.Duration {
	text, _ := os.ReadFile(filepath.Join("/proc", strconv.Itoa(pid), "stat"))
	_, spent := processCost(string(text))
	return spent
}

// processCost reads /proc/PID/stat: the ticks, of a hundredth second, of a
// process and of the children it has waited for.
func processCost(stat string) (name string, spent time.Duration) {
	open, end := strings.IndexByte(stat, '('), strings.LastIndexByte(stat, ')')
	if open < 0 || end < open {
		return "", 0
	}
	fields := strings.Fields(stat[end+1:])
	var ticks int64
	for _, i := range []int{11, 12, 13, 14} {
		if i < len(fields) {
			n, _ := strconv.ParseInt(fields[i], 10, 64)
			ticks += n
		}
	}
	return stat[open+1 : end], time.Duration(ticks) * 10 * time.Millisecond
}
