package ferry

import "time"

// Snapshot is what a stack was at one moment: the data on its volumes, its plan, its
// secrets and the file systems of its connectors. It is a thing of its own: the stack may
// go, and any number of stacks may begin with it.
type Snapshot struct {
	ID          string        `json:"id"` // sn-…
	Name        string        `json:"name,omitempty"`
	Note        string        `json:"note,omitempty"`
	State       SnapshotState `json:"state"`
	Stack       string        `json:"stack"` // of which it was taken
	Lineage     string        `json:"lineage"`
	Application string        `json:"application"`
	Created     time.Time     `json:"created"`
	// Still is how long the stack stood still for it, in nanoseconds; 0: it did not run.
	Still   time.Duration    `json:"still,omitempty"`
	Volumes []SnapshotVolume `json:"volumes"`
	// Images hold the file systems of connectors, by node.
	Images map[string]string `json:"images,omitempty"`
	// Version is that of the Ferry that took it.
	Version string `json:"version"`
	// From says where one has come from that was not taken here.
	From string `json:"from,omitempty"`
}

// SnapshotState says whether a snapshot can be used.
type SnapshotState string

// The states.
const (
	SnapshotMaking SnapshotState = "making" // not whole yet
	SnapshotGood   SnapshotState = "good"
)

// SnapshotVolume is the copy of one volume of a node.
type SnapshotVolume struct {
	Node   string `json:"node"`
	Name   string `json:"name"`   // in the node: "brick"
	Volume string `json:"volume"` // the engine's name for the copy
	// Digest is of the copy as it was when it was whole: see engine.VolumeSum.
	Digest string `json:"digest"`
	Files  int64  `json:"files"`
	Bytes  int64  `json:"bytes"` // on disk
}

// Bytes returns what the snapshot's volumes take on disk.
func (s Snapshot) Bytes() (sum int64) {
	for _, v := range s.Volumes {
		sum += v.Bytes
	}
	return sum
}
