package engine

import (
	"context"
	"errors"
	"io"
)

// ErrRefused is the error of what came from elsewhere and is not taken in; its text says why.
var ErrRefused = errors.New("refused")

// Packer carries what volumes hold to elsewhere, and back. It works where Features.Copy is.
// The labels are those of what the engine makes to do so.
type Packer interface {
	// PackVolume writes all that a volume holds, which nobody writes to meanwhile, as a tar:
	// owners, modes, times, extended attributes and hard links too. The same volume
	// is always the same bytes.
	PackVolume(ctx context.Context, volume string, labels map[string]string, w io.Writer) error
	// UnpackVolume fills an empty volume with such a tar. It is not believed: one that
	// holds what lies outside the volume, a device, a set-user-id program or more than it
	// says is ErrRefused. When it fails the volume is filled in part.
	UnpackVolume(ctx context.Context, volume string, labels map[string]string, r io.Reader) error
}
