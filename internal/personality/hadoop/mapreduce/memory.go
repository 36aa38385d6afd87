package mapreduce

import (
	"fmt"

	"github.com/ferry-project/ferry"
	"github.com/ferry-project/ferry/internal/personality"
)

// Workers are the machines of a cluster that run its jobs. Those of a cluster with
// Hive need room for the master of its session beside that of a job.
func Workers(s ferry.Service, role string) []personality.Shape {
	least := int64(1536)
	if len(s.Layers) > 0 {
		least = 2048
	}
	shapes := make([]personality.Shape, s.Instances)
	for i := range shapes {
		shapes[i] = personality.Shape{Role: role, MemoryMin: least * ferry.MiB, Memory: 2560 * ferry.MiB}
	}
	return shapes
}

// CheckMemory finds fault with machines too small to run a job.
func CheckMemory(s ferry.Service) ferry.Faults {
	if m := s.Resources.Memory; m > 0 && m < LeastWorker {
		return ferry.Faults{{
			Path: "resources.memory",
			Message: fmt.Sprintf("a node with %d MiB cannot run a job: its daemons take %d, and a job's master and task 512",
				m/ferry.MiB, Overhead/ferry.MiB),
			Hint: "1 GiB is the least",
		}}
	}
	return nil
}
