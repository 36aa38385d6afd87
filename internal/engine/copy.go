package engine

import "context"

// Copier copies volumes where they lie.
type Copier interface {
	// OpenCopy begins to copy volumes, which are there, to others of the same engine.
	// The labels are those of what the engine makes to do so; Close removes it.
	OpenCopy(ctx context.Context, pairs []VolumePair, labels map[string]string) (Copying, error)
}

// VolumePair names a volume and the one that is to become its copy; To "" only reads.
type VolumePair struct{ From, To string }

// Copying is one copying of some volumes.
type Copying interface {
	// Pass makes each copy what its source is: owners, modes, times, extended attributes,
	// hard links and holes too. A source that is written to meanwhile needs a further
	// pass, which copies only what may have changed since; with nobody writing it is exact.
	Pass(ctx context.Context) (Copied, error)
	// Sum sums up one of the volumes.
	Sum(ctx context.Context, volume string) (VolumeSum, error)
	// Close ends the copying.
	Close(ctx context.Context) error
}

// Copied counts what a pass has done.
type Copied struct {
	Files, Bytes int64
}

// VolumeSum says what a volume holds. Two sums of one volume are equal only if nothing in
// it was changed in between.
type VolumeSum struct {
	Digest string
	Files  int64
	Bytes  int64 // on disk
}

// Freezer has nodes stand still as they are, and go on.
type Freezer interface {
	// Freeze freezes nodes at once. Those that are frozen already stay so; when one cannot
	// be frozen, those that were by this call go on.
	Freeze(ctx context.Context, nodes []string) error
	// Thaw lets nodes go on; those that are not frozen are passed over.
	Thaw(ctx context.Context, nodes []string) error
}
