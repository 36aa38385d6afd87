package plan

import (
	"cmp"
	"fmt"
	"strings"

	"github.com/ferry-project/ferry"
)

// hostShare is the part of the host's memory that one stack may be promised;
// the rest is for the engine, the page cache and the person at the keyboard.
const hostShare = 0.8

// shareMemory grants each machine what it has, what the file asks for, else what it
// works well with, shrunk evenly towards its minimum when the host is small. A stack
// whose minimum does not fit is refused with the sum.
func shareMemory(drafts []*draft, in Input) *ferry.Fault {
	var fixed, least, wish int64
	for _, d := range drafts {
		for i, s := range d.shapes {
			if m := d.fixedMemory(i, in.past); m > 0 {
				fixed += m
				continue
			}
			least += s.MemoryMin
			wish += s.Memory
		}
	}
	grow, budget := 1.0, int64(hostShare*float64(in.Host.Memory))
	if fixed+least > budget {
		return tooMuchMemory(drafts, fixed+least, budget, in)
	} else if wish > 0 {
		grow = stretch(least, wish, budget-fixed)
	}
	grant(drafts, in, grow)
	return nil
}

// fixedMemory is what is decided of a machine's memory: by the file, or because it
// has it already and the file asks for what it asked for; 0: nothing.
func (d *draft) fixedMemory(i int, p past) int64 {
	if m := d.spec.Resources.Memory; m > 0 {
		return m
	}
	n, ok := p.node(d.machines[i].Name)
	if !ok || d.before == nil || d.before.Spec.Resources.Memory > 0 || n.Resources.Memory < d.shapes[i].MemoryMin {
		return 0
	}
	return n.Resources.Memory
}

// stretch is how far between minimum (0) and wish (1) the room allows to go.
func stretch(least, wish, room int64) float64 {
	if wish <= room || wish == least {
		return 1
	}
	return float64(room-least) / float64(wish-least)
}

func grant(drafts []*draft, in Input, grow float64) {
	for _, d := range drafts {
		for i, s := range d.shapes {
			m := d.fixedMemory(i, in.past)
			if m == 0 {
				m = s.MemoryMin + int64(grow*float64(s.Memory-s.MemoryMin))
				m -= m % ferry.MiB
			}
			d.machines[i].Memory = m
			d.machines[i].CPUs = in.Host.CPUs
			if c := d.spec.Resources.CPUs; c > 0 {
				d.machines[i].CPUs = c
			}
		}
	}
}

func tooMuchMemory(drafts []*draft, need, budget int64, in Input) *ferry.Fault {
	parts := make([]string, len(drafts))
	var largest *draft
	for i, d := range drafts {
		parts[i] = fmt.Sprintf("%s %s", d.spec.Personality, size(d.least(in.past)))
		if largest == nil || d.least(in.past) > largest.least(in.past) {
			largest = d
		}
	}
	return &ferry.Fault{
		Path: memoryPath(largest),
		Message: fmt.Sprintf("the stack needs at least %s of memory (%s), but a stack may have %s, four fifths of the host's %s",
			size(need), strings.Join(parts, " + "), size(budget), size(in.Host.Memory)),
		Hint: "ask for fewer instances or less memory",
	}
}

// memoryPath is the line of the file that costs most.
func memoryPath(d *draft) string {
	if d.spec.Resources.Memory > 0 {
		return d.spec.Path + ".resources.memory"
	}
	if d.class == ferry.Layer {
		return d.spec.Path
	}
	return d.spec.Path + ".instances"
}

// least is what the service has or cannot run without.
func (d *draft) least(p past) int64 {
	var sum int64
	for i, s := range d.shapes {
		sum += cmp.Or(d.fixedMemory(i, p), s.MemoryMin)
	}
	return sum
}

// size in the largest unit that keeps it above one: "1.5 GiB", "640 MiB".
func size(bytes int64) string {
	if bytes >= 1<<30 {
		return fmt.Sprintf("%.1f GiB", float64(bytes)/(1<<30))
	}
	return fmt.Sprintf("%d MiB", bytes/ferry.MiB)
}
