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
type cost struct {
	containers, engine, own time.Duration
	by                      usage // of the containers, by process
}

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
		total += a.containerCost(ctx, c.ID)
	}
	return total
}

// containerCost is what all processes of a container have used, also those that are
// gone.
func (a *rawAPI) containerCost(ctx context.Context, id string) time.Duration {
	var s struct {
		CPU struct {
			Usage struct {
				Total int64 `json:"total_usage"`
			} `json:"cpu_usage"`
		} `json:"cpu_stats"`
	}
	if a.call(ctx, http.MethodGet, "/containers/"+id+"/stats?stream=false&one-shot=true", "", nil, &s) != nil {
		return 0
	}
	return time.Duration(s.CPU.Usage.Total)
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

// processCost reads /proc/PID/stat: the time of a process and of the children it has
// waited for.
func processCost(stat string) (name string, spent time.Duration) { return ticks(stat, 11, 12, 13, 14) }

// ownCost is without the children.
func ownCost(stat string) (name string, spent time.Duration) { return ticks(stat, 11, 12) }

// ticks adds up fields of /proc/PID/stat that are hundredths of a second, counted
// after the name, which may hold anything.
func ticks(stat string, fields ...int) (name string, spent time.Duration) {
	open, end := strings.IndexByte(stat, '('), strings.LastIndexByte(stat, ')')
	if open < 0 || end < open {
		return "", 0
	}
	all := strings.Fields(stat[end+1:])
	for _, i := range fields {
		if i < len(all) {
			n, _ := strconv.ParseInt(all[i], 10, 64)
			spent += time.Duration(n) * 10 * time.Millisecond
		}
	}
	return stat[open+1 : end], spent
}
