// Package gluster is the storage GlusterFS: n bricks on named volumes, one
// replicated or erasure-coded volume over them, and a node that mounts it for
// everything above.
package gluster

import (
	"fmt"
	"slices"

	"github.com/ferry-project/ferry"
	"github.com/ferry-project/ferry/internal/personality"
	"github.com/ferry-project/ferry/internal/script"
)

const (
	name     = "gluster"
	brickDir = "/service/brick"
	// brickPort is where every server's brick is, fixed in the image's
	// glusterd.vol; one that crashed may come back on a higher one.
	brickPort  = 49152
	glusterd   = 24007
	ferryOwner = "1000" // uid and gid of the user ferry in every image
)

// Personality is the GlusterFS storage.
type Personality struct{}

// Card says what it is.
func (Personality) Card() personality.Card {
	return personality.Card{
		Name: name, Aliases: []string{"glusterfs"}, Class: ferry.Storage,
		Description: "GlusterFS: a shared POSIX file system over n bricks",
		Client:      "mpi-client", Host: name, Recipe: name, MaxInstances: maxBricks,
		Grows: true, Shrinks: true, // in the steps of its layout
		Args: map[string]string{
			"layout":       "replica, disperse or distribute (keeps no second copy); by default what survives a lost node",
			"ping-timeout": "seconds until a silent brick is given up; default " + defaultPing,
		},
		Config: map[string]string{"volume": "any option of `gluster volume set`"},
	}
}

// Nodes returns one machine per brick, and the one that mounts the volume.
func (Personality) Nodes(s ferry.Service) ([]personality.Shape, error) {
	if _, err := layoutOf(s); err != nil {
		return nil, err
	}
	var shapes []personality.Shape
	for range s.Instances {
		shapes = append(shapes, personality.Shape{Role: "brick", MemoryMin: 160 * ferry.MiB, Memory: 512 * ferry.MiB})
	}
	return append(shapes, personality.Shape{Role: "mount", Stem: "mount", MemoryMin: 128 * ferry.MiB, Memory: 512 * ferry.MiB}), nil
}

// Describe says everything about the volume.
func (Personality) Describe(r personality.Request) (ferry.Blueprint, error) {
	l, err := laidOut(r)
	if err != nil {
		return ferry.Blueprint{}, err
	}
	last := len(r.Nodes) - 1
	v := volume{name: "gluster-volume-" + r.ID, layout: l, bricks: r.Nodes[:last], mount: r.Nodes[last], request: r}
	v.servers, v.copiers = serversOf(r, v.names()), copiersOf(r, l, v.names())
	bp := ferry.Blueprint{
		Tasks:     append([]ferry.Task{v.form()}, v.resizing()...),
		Probes:    []ferry.Probe{v.online()},
		Export:    v.export(),
		Layout:    v.words(),
		Notes:     l.notes,
		MaxFreeze: v.maxFreeze(),
	}
	for _, m := range v.bricks {
		bp.Nodes = append(bp.Nodes, v.node(m))
	}
	bp.Nodes = append(bp.Nodes, v.mounter())
	return bp, nil
}

// volume is the one Gluster volume of a service.
type volume struct {
	name    string
	layout  layout
	bricks  []personality.Machine
	mount   personality.Machine
	servers []string // that the mount is told of
	copiers []string // bricks that joined as a further copy
	request personality.Request
}

// names are those of the servers with a brick.
func (v volume) names() []string {
	var all []string
	for _, m := range v.bricks {
		all = append(all, m.Name)
	}
	return all
}

func (v volume) node(m personality.Machine) ferry.NodeBlueprint {
	n := v.server(m)
	if slices.Contains(v.copiers, m.Name) {
		n.Sealed = true
		n.Devices = []ferry.Capability{{Name: "/dev/fuse", Why: "a brick that joins as a further copy has glusterd mount the volume once"}}
	}
	return n
}

func (v volume) server(m personality.Machine) ferry.NodeBlueprint {
	return ferry.NodeBlueprint{
		Name: m.Name, Role: m.Role, Image: name,
		Processes: []ferry.Process{
			{Name: "glusterd", Command: []string{"/usr/lib/ferry/gluster-server", v.name}, Vital: true},
			{Name: "repair", Command: []string{"/usr/lib/ferry/gluster-repair", v.name}},
		},
		Volumes: []ferry.Volume{
			{Name: "brick", Path: brickDir},
			{Name: "glusterd", Path: "/var/lib/glusterd"},
		},
		Ports: []ferry.Port{
			{Name: "management", Container: glusterd},
			{Name: "brick", Container: brickPort},
		},
		StopAfter: []string{v.mount.Name}, // what it has still to write
		Capabilities: []ferry.Capability{
			{Name: "FSETID", Why: "bricks keep the setgid bits of users' directories"},
			{Name: "SYS_ADMIN", Why: "bricks keep their metadata in trusted.* extended attributes"},
		},
	}
}

// form makes the volume on a first start and brings it up again on later ones.
func (v volume) form() ferry.Task {
	command := []string{"/usr/lib/ferry/gluster-form", v.name}
	for _, o := range v.options() {
		command = append(command, "-o", o)
	}
	command = append(command, v.layout.words...)
	command = append(command, "--")
	return ferry.Task{
		Name: "form", Node: v.bricks[0].Name, Command: append(command, v.places()...), When: ferry.EveryStart, After: []string{"grow"},
		Hint: "see the log of glusterd: ferry logs " + ferry.StackRef + " " + v.bricks[0].Name,
	}
}

// online is asked of the last node, so that a second view of the volume agrees
// with the first.
func (v volume) online() ferry.Probe {
	return ferry.Probe{
		Name: "online", Node: v.bricks[len(v.bricks)-1].Name, Ask: script.TCP(brickPort),
		Description: fmt.Sprintf("all %d bricks are online", len(v.bricks)), After: []string{"form", "grow"},
	}
}
