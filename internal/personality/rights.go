package personality

import "github.com/ferry-project/ferry"

// NodeRights are the capabilities of every node, all others being dropped: what
// its init needs to prepare the machine and to run each process as its own user.
func NodeRights() []ferry.Capability {
	return []ferry.Capability{
		{Name: "CHOWN", Why: "the init gives log directories to the processes' users"},
		{Name: "DAC_OVERRIDE", Why: "the init reads and writes files of every user of the node"},
		{Name: "FOWNER", Why: "the init sets modes on files of every user of the node"},
		{Name: "KILL", Why: "the init stops processes of other users"},
		{Name: "SETGID", Why: "the init runs each process under its own group"},
		{Name: "SETUID", Why: "the init runs each process under its own user"},
	}
}

// WithRights puts the rights of every node before those it asks for itself.
func WithRights(own []ferry.Capability) []ferry.Capability {
	return merge(NodeRights(), own)
}
