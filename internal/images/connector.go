package images

import (
	"context"
	"io"

	"github.com/ferry-project/ferry"
)

// BuildConnector is on its way.
func (b *Builder) BuildConnector(ctx context.Context, name string, tar io.Reader, progress func(line string)) (string, error) {
	return "", ferry.Errorf(ferry.Failed, "building connectors is not there yet")
}
