package speak

import (
	"context"
	"time"
)

// oneTry bounds a single connection or request: what hangs is asked again. A
// service that is busy starting on a loaded machine may need seconds.
const oneTry = 10 * time.Second

// TCP is content with a port that accepts a connection. It has no script.
type TCP struct{}

// Do connects and hangs up.
func (TCP) Do(ctx context.Context, to Peer, _ []byte, _ func(string)) error {
	ctx, cancel := context.WithTimeout(ctx, oneTry)
	defer cancel()
	_, done, err := to.Connect(ctx)
	if err != nil {
		return err
	}
	done()
	return nil
}
