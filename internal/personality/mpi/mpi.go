// Package mpi is the compute Open MPI: n nodes that mount the Gluster volume
// beneath, reach each other by ssh as an unprivileged user, and know each
// other's slots.
package mpi

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/ferry-project/ferry"
	"github.com/ferry-project/ferry/internal/personality"
)

const (
	name = "mpi"
	user = "ferry"
	// sshPort is above 1024 because sshd runs as the user it logs in: no node
	// needs a root shell for MPI.
	sshPort = 2222
	// data is where shells and commands begin, as in the client.
	data = "/service/data"
)

// Personality is the Open MPI compute.
type Personality struct{}

// Card says what it is.
func (Personality) Card() personality.Card {
	return personality.Card{
		Name: name, Aliases: []string{"openmpi"}, Class: ferry.Compute,
		Description: "Open MPI on a shared Gluster volume",
		On:          []string{"gluster"}, Client: "mpi-client", Host: "openmpi", Recipe: "openmpi",
		Grows: true, Shrinks: true, // a job that runs is left alone, the next one has the new hosts
		Args:   map[string]string{"slots": "ranks per node; default the host's cores shared out, at least 1"},
		Config: map[string]string{"mca": "any MCA parameter of Open MPI"},
	}
}

// Nodes returns n equal machines.
func (Personality) Nodes(s ferry.Service) ([]personality.Shape, error) {
	if _, err := slots(s, 1, 1); err != nil {
		return nil, err
	}
	shapes := make([]personality.Shape, s.Instances)
	for i := range shapes {
		shapes[i] = personality.Shape{Role: "worker", MemoryMin: 128 * ferry.MiB, Memory: 2048 * ferry.MiB}
	}
	return shapes, nil
}

// Describe says everything about the cluster.
func (Personality) Describe(r personality.Request) (ferry.Blueprint, error) {
	n, err := slots(r.Service, r.CPUs, len(r.Nodes))
	if err != nil {
		return ferry.Blueprint{}, err
	}
	c := cluster{request: r, slots: n}
	bp := ferry.Blueprint{
		Secrets: []ferry.Secret{{Name: c.userKey(), Kind: ferry.SSHKey}, {Name: c.hostKey(), Kind: ferry.SSHKey}},
		Export:  c.export(),
	}
	for _, m := range r.Nodes {
		bp.Nodes = append(bp.Nodes, c.node(m))
		for _, e := range r.Beneath {
			personality.Attach(&bp, m.Name, e)
		}
	}
	bp.Probes = append(bp.Probes, c.hello(bp.Probes))
	return bp, nil
}

// slots per node: what was asked for, else the host's cores shared out.
func slots(s ferry.Service, cpus float64, nodes int) (int, error) {
	text := s.Args["slots"]
	if text == "" {
		return max(1, int(cpus)/nodes), nil
	}
	n, err := strconv.Atoi(text)
	if err != nil || n < 1 || n > 1024 {
		return 0, ferry.Faults{{Path: "args.slots", Message: fmt.Sprintf("slots is %q, but must be a whole number from 1 to 1024", text)}}
	}
	return n, nil
}

// cluster is one MPI service.
type cluster struct {
	request personality.Request
	slots   int
}

func (c cluster) userKey() string { return "ssh-user-" + c.request.ID }
func (c cluster) hostKey() string { return "ssh-host-" + c.request.ID }

func (c cluster) node(m personality.Machine) ferry.NodeBlueprint {
	return ferry.NodeBlueprint{
		Name: m.Name, Role: m.Role, Image: "openmpi", Login: user, Home: data,
		Processes: []ferry.Process{{
			Name: "sshd", User: user, Vital: true,
			Command: []string{"/usr/sbin/sshd", "-D", "-e", "-f", sshdConfig},
		}},
		Files: append(c.serverFiles(), c.clientFiles()...),
		Ports: []ferry.Port{{Name: "ssh", Container: sshPort, Formerly: []int{22}}},
	}
}

func (c cluster) export() ferry.Export {
	e := ferry.Export{
		Values: map[string]string{"type": "openmpi", "ip": c.request.Nodes[0].Name},
		Files:  c.clientFiles(),
	}
	for _, b := range c.request.Beneath {
		if v := b.Values["volume"]; v != "" {
			e.Values["mount"] = b.Nodes[0] + ":/" + v
		}
	}
	for _, m := range c.request.Nodes {
		e.Nodes = append(e.Nodes, m.Name)
	}
	return e
}

// hello is a real job: one rank on every node, started from the first.
func (c cluster) hello(attached []ferry.Probe) ferry.Probe {
	var names, after []string
	for _, m := range c.request.Nodes {
		names = append(names, m.Name)
	}
	for _, p := range attached {
		after = append(after, p.Name)
	}
	return ferry.Probe{
		Name: "hello", Node: names[0], User: user, After: after,
		Command:     []string{"mpirun", "-np", strconv.Itoa(len(names)), "--map-by", "node", "--host", strings.Join(names, ","), "hostname"},
		Description: fmt.Sprintf("mpirun reaches a rank on each of %d nodes", len(names)),
		Hint:        "the process sshd of every node must run; see ferry logs " + ferry.StackRef,
	}
}
