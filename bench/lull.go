package main

import (
	"context"
	"os"
	"strconv"
	"strings"
	"time"
)

// idleEnough is the share of its time that the machine must have had nothing to do.
const idleEnough = 0.7

// lull waits for a second in which the machine has little else to do, but no
// longer than patience.
func lull(ctx context.Context, patience time.Duration) {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	tick := time.NewTicker(time.Second)
	defer tick.Stop()
	before := processorTimes()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		now := processorTimes()
		if now.idle-before.idle >= idleEnough*(now.all-before.all) {
			return
		}
		before = now
	}
}

type times struct{ idle, all float64 }

// processorTimes reads the first line of /proc/stat: user, nice, system, idle,
// waiting for disks, and more.
func processorTimes() times {
	text, _ := os.ReadFile("/proc/stat")
	return parseTimes(string(text))
}

func parseTimes(stat string) (t times) {
	line, _, _ := strings.Cut(stat, "\n")
	for i, field := range strings.Fields(line) {
		n, err := strconv.ParseFloat(field, 64)
		if err != nil {
			continue // its name
		}
		t.all += n
		if i == 4 || i == 5 {
			t.idle += n
		}
	}
	return t
}
