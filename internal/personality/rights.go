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

// The limits of ProcessLimit, and the memory that it counts for each process.
const (
	fewestProcesses = 1024
	mostProcesses   = 16384
	processMemory   = 256 << 10
)

// ProcessLimit returns how many processes and threads a node with that much memory
// (bytes; 0: no limit) may have: a fork bomb must not reach the host's own limit,
// 32,768 on many kernels, and a thread with less than 256 KiB is of no use.
func ProcessLimit(memory int64) int64 {
	if memory <= 0 {
		return mostProcesses
	}
	return min(max(memory/processMemory, fewestProcesses), mostProcesses)
}

// WithRights puts the rights of every node before those it asks for itself.
func WithRights(own []ferry.Capability) []ferry.Capability {
	return merge(NodeRights(), own)
}
