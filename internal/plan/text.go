package plan

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"text/tabwriter"

	"github.com/ferry-project/ferry"
)

// Text is a plan for people, and the operations that ops derives: everything that will
// be made and done, the same for the same plan.
func Text(p ferry.Plan, ops []ferry.Op) string {
	var b strings.Builder
	fmt.Fprintf(&b, "stack %s from %s\nnetwork %s %s%s\n", p.Stack, p.Application.Name, p.Network.Name, addresses(p.Network), private(p.Network))
	for _, i := range p.Images {
		fmt.Fprintf(&b, "image %s\n", i.Ref)
	}
	for _, s := range p.Services {
		writeService(&b, p, s)
	}
	writeOps(&b, ops)
	return b.String()
}

func addresses(n ferry.Network) string {
	if n.Assigned {
		return "with addresses that the engine assigns"
	}
	return n.Subnet + " gateway " + n.Gateway
}

func private(n ferry.Network) string {
	if n.Private {
		return ", private: this machine has no route to it"
	}
	return ""
}

func writeService(b *strings.Builder, p ferry.Plan, s ferry.Planned) {
	fmt.Fprintf(b, "\n%s %s %s\n", s.Class, s.Spec.Personality, s.ID)
	for _, n := range s.Notes {
		fmt.Fprintf(b, "  note: %s\n", n)
	}
	for _, sec := range s.Secrets {
		fmt.Fprintf(b, "  secret %s (%s), generated at the first start\n", sec.Name, sec.Kind)
	}
	for _, name := range s.Nodes {
		if n, ok := p.Node(name); ok {
			writeNode(b, n)
		}
	}
	for _, t := range s.Tasks {
		fmt.Fprintf(b, "  task %s on %s (%s): %s\n", t.Name, t.Node, t.When, saying(t))
		writeScript(b, t.Ask)
	}
	for _, pr := range s.Probes {
		fmt.Fprintf(b, "  ready when %s\n", pr.Description)
	}
}

// writeScript shows all that a task says to its node.
func writeScript(b *strings.Builder, a *ferry.Ask) {
	if a == nil {
		return
	}
	var lines bytes.Buffer
	if err := json.Indent(&lines, a.Script, "    | ", "  "); err == nil {
		fmt.Fprintf(b, "    | %s\n", &lines)
	}
}

func writeNode(b *strings.Builder, n ferry.Node) {
	fmt.Fprintf(b, "  node %s %s image %s memory %s processes %d\n", n.Name, n.Address, n.Ref, size(n.Resources.Memory), n.Resources.Processes)
	if n.Sealed {
		b.WriteString("    sealed: may mount file systems, takes no commands\n")
	}
	for _, v := range n.Volumes {
		fmt.Fprintf(b, "    volume %s at %s%s\n", n.VolumeName(v), v.Path, readOnly(v))
	}
	for _, port := range n.Ports {
		fmt.Fprintf(b, "    port %d%s\n", port.Container, published(port))
	}
	for _, c := range slices.Concat(n.Capabilities, n.Devices) {
		fmt.Fprintf(b, "    may %s: %s\n", c.Name, c.Why)
	}
	for _, k := range slices.Sorted(maps.Keys(n.Env)) {
		fmt.Fprintf(b, "    env %s=%s\n", k, n.Env[k])
	}
	for _, pr := range n.Processes {
		fmt.Fprintf(b, "    process %s as %s: %s\n", pr.Name, orRoot(pr.User), strings.Join(pr.Command, " "))
	}
	for _, f := range n.Files {
		fmt.Fprintf(b, "    file %s\n", f.Path)
		for line := range strings.Lines(f.Content) {
			fmt.Fprintf(b, "      | %s\n", strings.TrimSuffix(line, "\n"))
		}
	}
}

func published(p ferry.Port) string {
	if p.Host == 0 {
		return ""
	}
	return " published on " + p.Published()
}

func readOnly(v ferry.Volume) string {
	if v.ReadOnly {
		return ", read only"
	}
	return ""
}

func orRoot(user string) string {
	if user == "" {
		return "root"
	}
	return user
}

func writeOps(b *strings.Builder, ops []ferry.Op) {
	fmt.Fprintf(b, "\n%d operations\n", len(ops))
	w := tabwriter.NewWriter(b, 0, 0, 2, ' ', 0)
	for _, o := range ops {
		fmt.Fprintf(w, "  %s\t%s\t%s\n", o.ID, o.Why, afterText(o.After))
	}
	_ = w.Flush() // a strings.Builder takes everything
}

func afterText(after []string) string {
	if len(after) == 0 {
		return ""
	}
	return "after " + strings.Join(after, ", ")
}
