package hadoop

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/ferry-project/ferry"
	"github.com/ferry-project/ferry/internal/retry"
	"github.com/ferry-project/ferry/internal/script/hadoop"
	"github.com/ferry-project/ferry/internal/speak"
)

const (
	// again is the pause between two looks at workers that leave.
	again = 500 * time.Millisecond
	// patience is how long blocks may not become fewer: at the slowest, one of 128 MiB
	// takes minutes on a machine that does much else.
	patience = 15 * time.Minute
)

// Blocks watches DataNodes leave.
type Blocks struct{}

// Do waits until those that do not stay have given up their blocks.
func (Blocks) Do(ctx context.Context, to speak.Peer, text []byte, say func(string)) error {
	var s hadoop.Staying
	if err := speak.Read(text, &s); err != nil {
		return err
	}
	p := progress{since: time.Now()}
	err := retry.Every(again).Until(ctx, func() error {
		v, err := look(ctx, to)
		if err == nil {
			err = v.open(s.Nodes)
		}
		if err == nil {
			return nil
		}
		say(err.Error())
		return p.judge(err)
	})
	if ctx.Err() == nil {
		return retry.Stop(err) // it has waited long enough
	}
	return err
}

// progress ends a wait in which nothing becomes other.
type progress struct {
	last  string
	since time.Time
}

func (p *progress) judge(err error) error {
	if text := err.Error(); text != p.last {
		p.last, p.since = text, time.Now()
	}
	if time.Since(p.since) < patience {
		return err
	}
	return retry.Stop(ferry.Errorf(ferry.Failed, "for %s the same: %s", patience, p.last))
}

// view is HDFS as its NameNode sees it.
type view struct {
	Safemode string
	Workers  string `json:"LiveNodes"`  // JSON within JSON
	Leaving  string `json:"DecomNodes"` // likewise
	Missing  int    `json:"NumberOfMissingBlocks"`
	Lacking  int    `json:"UnderReplicatedBlocks"`
}

// look asks for both beans that have it.
func look(ctx context.Context, to speak.Peer) (view, error) {
	var v view
	for _, bean := range []string{"NameNodeInfo", "FSNamesystemState"} {
		var found struct{ Beans []view }
		if err := document(ctx, to, "/jmx?qry=Hadoop:service=NameNode,name="+bean, &found); err != nil {
			return v, err
		}
		if len(found.Beans) != 1 {
			return v, errors.New("the NameNode does not say yet how it is")
		}
		if bean == "NameNodeInfo" {
			v = found.Beans[0]
		} else {
			v.Lacking = found.Beans[0].Lacking
		}
	}
	return v, nil
}

// document reads a page of JSON.
func document(ctx context.Context, to speak.Peer, path string, into any) error {
	ctx, cancel := context.WithTimeout(ctx, oneTry)
	defer cancel()
	return speak.Page(ctx, to, path, func(body io.Reader) error {
		if err := json.NewDecoder(body).Decode(into); err != nil {
			return fmt.Errorf("read %s: %w", path, err)
		}
		return nil
	})
}

// open is what is left to do until only those that stay have blocks, nil when nothing is.
func (v view) open(stay []string) error {
	workers, err := byHost[struct{ AdminState string }](v.Workers)
	if err != nil {
		return err
	}
	leaving, err := byHost[struct{ UnderReplicatedBlocks int }](v.Leaving)
	if err != nil {
		return err
	}
	var open []string
	for _, host := range slices.Sorted(maps.Keys(workers)) {
		switch state := workers[host].AdminState; {
		case slices.Contains(stay, host), state == "Decommissioned":
		case strings.HasPrefix(state, "Decommission"):
			open = append(open, fmt.Sprintf("%s has %d blocks to give up", host, leaving[host].UnderReplicatedBlocks))
		default:
			open = append(open, host+" has not been told to leave")
		}
	}
	switch {
	case len(open) > 0:
		return errors.New(strings.Join(open, ", "))
	case v.Safemode != "":
		return errors.New("the NameNode is in safe mode")
	case v.Missing > 0:
		return fmt.Errorf("%d blocks have no copy", v.Missing)
	case v.Lacking > 0:
		return fmt.Errorf("%d blocks lack a copy", v.Lacking)
	}
	return nil
}

// byHost reads an object of JSON whose keys are hosts with ports.
func byHost[T any](text string) (map[string]T, error) {
	var all map[string]T
	if err := json.Unmarshal([]byte(text), &all); err != nil {
		return nil, fmt.Errorf("read the NameNode's workers: %w", err)
	}
	hosts := map[string]T{}
	for key, v := range all {
		host, _, _ := strings.Cut(key, ":")
		hosts[host] = v
	}
	return hosts, nil
}

// Containers watches NodeManagers leave.
type Containers struct{}

// Do waits until none is in the cluster that does not stay. How long that may take is
// the ResourceManager's to say: it ends by itself what does not end.
func (Containers) Do(ctx context.Context, to speak.Peer, text []byte, say func(string)) error {
	var s hadoop.Staying
	if err := speak.Read(text, &s); err != nil {
		return err
	}
	return retry.Every(again).Until(ctx, func() error {
		err := running(ctx, to, s.Nodes)
		if err != nil {
			say(err.Error())
		}
		return err
	})
}

// running says what runs on those that do not stay, nil when they have left.
func running(ctx context.Context, to speak.Peer, stay []string) error {
	var found struct {
		Nodes struct {
			Node []struct {
				NodeHostName, State string
				NumContainers       int
			}
		}
	}
	if err := document(ctx, to, "/ws/v1/cluster/nodes", &found); err != nil {
		return err
	}
	var open []string
	for _, n := range found.Nodes.Node {
		if !slices.Contains(stay, n.NodeHostName) && !slices.Contains([]string{"DECOMMISSIONED", "SHUTDOWN", "LOST", "REBOOTED"}, n.State) {
			open = append(open, fmt.Sprintf("%s runs %d containers to their end", n.NodeHostName, n.NumContainers))
		}
	}
	if len(open) == 0 {
		return nil
	}
	slices.Sort(open)
	return errors.New(strings.Join(open, ", "))
}
