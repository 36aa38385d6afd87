package personality

import (
	"github.com/ferry-project/ferry"
)

// Attach makes the named node of b a user of the service e: it runs what e's
// attachment says, is allowed what that needs, and its service is ready only
// when the attachment's probes have succeeded in this node too.
func Attach(b *ferry.Blueprint, node string, e ferry.Export) {
	for i := range b.Nodes {
		if b.Nodes[i].Name == node {
			attachNode(&b.Nodes[i], e.Attach)
		}
	}
	for _, p := range e.Attach.Probes {
		p.Name += "@" + node
		p.Node = node
		b.Probes = append(b.Probes, p)
	}
}

func attachNode(n *ferry.NodeBlueprint, a ferry.Attachment) {
	n.Processes = append(n.Processes, a.Processes...)
	n.Tmpfs = append(n.Tmpfs, a.Tmpfs...)
	n.Capabilities = merge(n.Capabilities, a.Capabilities)
	n.Volumes = append(n.Volumes, a.Volumes...)
}

// merge adds what is not there yet; the first reason given for a thing stays.
func merge(have, more []ferry.Capability) []ferry.Capability {
	seen := map[string]bool{}
	for _, c := range have {
		seen[c.Name] = true
	}
	for _, c := range more {
		if !seen[c.Name] {
			have = append(have, c)
		}
	}
	return have
}
