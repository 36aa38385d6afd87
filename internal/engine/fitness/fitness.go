// Package fitness says what follows from what an engine is: what it cannot do, whom that
// hits, and the way out. It is the one table of that: the doctor's findings and the
// planner's refusals are both made of it.
package fitness

import (
	"fmt"

	"github.com/ferry-project/ferry"
	"github.com/ferry-project/ferry/internal/engine"
)

// Finding is one thing that an engine cannot do, or does otherwise.
type Finding struct {
	Found string // a sentence
	Way   string // what to do; "": nothing need be done
	lacks string // what plans must not ask for: see ferry.Lack
}

// A row finds out of an engine whether it is so; "": it is not.
type row struct {
	found func(engine.Info) string
	lacks string
	way   string
}

func table() []row {
	return []row{
		{namespaced, "SYS_ADMIN", "use hadoop or cassandra there, or an engine that runs as root (--context NAME, DOCKER_HOST)"},
		{noCPU, ferry.LackCPUs, "leave out cpus, or have the control group cpu delegated to the engine"},
		{noMemory, ferry.LackMemory, "have the control group memory enabled on the engine's machine"},
		{oldRuntime, "", "update runc to 1.2 or later where nodes do not start; or set the feature time-namespaces=false in daemon.json"},
		{machine, "", "give that machine at least 8 GB in its settings"},
		{selinux, "", "where a Gluster volume is not mounted, see the audit log (ausearch -m avc)"},
		{apparmor, "", ""},
	}
}

func namespaced(i engine.Info) string {
	if i.Facts.Namespaced == "" {
		return ""
	}
	return fmt.Sprintf("%s: root in a node is not root of the machine, so Gluster cannot work (the kernel keeps trusted.* attributes from it)", i.Facts.Namespaced)
}

func noCPU(i engine.Info) string {
	return when(i.Facts.NoCPULimit, "the engine cannot limit the cores of a node")
}

func noMemory(i engine.Info) string {
	return when(i.Facts.NoMemoryLimit, "the engine cannot limit the memory of a node: one that takes too much takes it from all others")
}

func machine(i engine.Info) string {
	return when(i.Facts.Machine != "", i.Facts.Machine+": nodes share the memory of its virtual machine, and are reached through the engine")
}

func selinux(i engine.Info) string {
	return when(i.Facts.SELinux, "SELinux confines containers; nodes that mount a Gluster volume are exempt")
}

func apparmor(i engine.Info) string {
	return when(i.Facts.AppArmor, "AppArmor confines containers; nodes that mount a Gluster volume are exempt")
}

func when(so bool, text string) string {
	if so {
		return text
	}
	return ""
}

// Findings are all that hold of an engine, in the table's order.
func Findings(i engine.Info) (all []Finding) {
	for _, r := range table() {
		if found := r.found(i); found != "" {
			all = append(all, Finding{Found: found, Way: r.way, lacks: r.lacks})
		}
	}
	return all
}

// Lacks are what the planner has to know of them.
func Lacks(i engine.Info) (all []ferry.Lack) {
	for _, f := range Findings(i) {
		if f.lacks != "" {
			all = append(all, ferry.Lack{What: f.lacks, Why: f.Found, Hint: f.Way})
		}
	}
	return all
}
