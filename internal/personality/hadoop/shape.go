package hadoop

import (
	"fmt"
	"strconv"

	"github.com/ferry-project/ferry"
	"github.com/ferry-project/ferry/internal/personality"
	"github.com/ferry-project/ferry/internal/personality/hadoop/mapreduce"
	"github.com/ferry-project/ferry/internal/personality/hadoop/site"
)

// Roles of the machines. With the layout split, the master's daemons have two
// machines, in the original's order.
const (
	master   = "master"
	manager  = "resourcemanager"
	nameNode = "namenode"
	worker   = "worker"
)

// options of a service, read.
type options struct {
	profile     mapreduce.Profile
	split       bool
	replication int
}

// copies is the key of options.replication in the layout of the data.
const copies = "replication"

func (o options) layout() map[string]string {
	return map[string]string{copies: strconv.Itoa(o.replication)}
}

// read returns the options of a service whose data has a layout, or everything that is
// wrong with them.
func read(s ferry.Service, layout map[string]string) (options, error) {
	profile, faults := mapreduce.ProfileOf(s)
	o := options{profile: profile, replication: min(3, s.Instances)}
	if n, err := strconv.Atoi(layout[copies]); err == nil {
		o.replication = n
	}
	switch s.Args["layout"] {
	case "", "joint":
	case "split":
		o.split = true
	default:
		faults = append(faults, ferry.Fault{
			Path: "args.layout", Message: fmt.Sprintf("there is no layout %q", s.Args["layout"]), Hint: "joint or split",
		})
	}
	faults = append(faults, o.replicate(s, "args.replication", s.Args["replication"])...)
	faults = append(faults, o.replicate(s, "config.hdfs-site.dfs.replication", s.Config["hdfs-site"]["dfs.replication"])...)
	if n := o.replication; n > s.Instances {
		faults = append(faults, ferry.Fault{
			Path:    "instances",
			Message: fmt.Sprintf("%d workers cannot hold the %d copies that each block has", s.Instances, n),
			Hint:    fmt.Sprintf("first ask for fewer: args: {replication: %d} and ferry apply, then hdfs dfs -setrep -R %[1]d / in a client", s.Instances),
		})
	}
	faults = append(faults, site.Check(s.Config)...)
	faults = append(faults, mapreduce.CheckMemory(s)...)
	return o, faults.OrNil()
}

// replicate reads a number of copies, which cannot be above that of the workers.
func (o *options) replicate(s ferry.Service, path, text string) ferry.Faults {
	if text == "" {
		return nil
	}
	n, err := strconv.Atoi(text)
	if err != nil || n < 1 {
		return ferry.Faults{{Path: path, Message: fmt.Sprintf("replication is %q, but must be a whole number from 1", text)}}
	}
	if n > s.Instances {
		return ferry.Faults{{
			Path:    path,
			Message: fmt.Sprintf("%d copies of each block need %d workers, but there are %d", n, n, s.Instances),
			Hint:    fmt.Sprintf("ask for %d instances, or for %d copies", n, s.Instances),
		}}
	}
	o.replication = n
	return nil
}

func (o options) shapes(s ferry.Service) []personality.Shape {
	shapes := []personality.Shape{{Role: master, MemoryMin: 896 * ferry.MiB, Memory: 1536 * ferry.MiB}}
	if o.split {
		shapes = []personality.Shape{
			{Role: manager, MemoryMin: 640 * ferry.MiB, Memory: 1024 * ferry.MiB},
			{Role: nameNode, MemoryMin: 448 * ferry.MiB, Memory: 1024 * ferry.MiB},
		}
	}
	return append(shapes, mapreduce.Workers(s, worker)...)
}
