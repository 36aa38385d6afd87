package engine

import "context"

// Layerer makes volumes that stand on others: they share what these hold, and take room
// only for what is changed in them.
type Layerer interface {
	// CreateLayers makes volumes, and returns what each of those that they stand on held
	// then. A volume that is there already is an ErrConflict. Where it fails nothing new is
	// left. It fails with errors.ErrUnsupported, and says why, where the engine's machine
	// cannot do it; volumes can be copied instead.
	//
	// What a volume stands on must not be changed from then on: nobody would notice. It
	// cannot be removed while a node, running or not, has a volume that stands on it; and
	// it bears no mark of those that stand on it, but they bear ferry.LabelOver.
	CreateLayers(ctx context.Context, layers []Layer) ([]VolumeSum, error)
}

// Layer is a volume that stands on another.
type Layer struct {
	Name   string
	Over   string
	Labels map[string]string
}
