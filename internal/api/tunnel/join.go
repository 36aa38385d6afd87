package tunnel

import (
	"context"
	"io"
	"net"
	"sync"
)

// Join carries what each of two connections sends to the other, until both have sent
// all, one of them breaks, or ctx ends. It closes both.
func Join(ctx context.Context, a, b net.Conn) {
	closeBoth := sync.OnceFunc(func() { _ = a.Close(); _ = b.Close() })
	defer closeBoth()
	defer context.AfterFunc(ctx, closeBoth)()
	var both sync.WaitGroup
	for _, way := range [][2]net.Conn{{a, b}, {b, a}} {
		both.Go(func() {
			if !carry(way[0], way[1]) {
				closeBoth()
			}
		})
	}
	both.Wait()
}

// carry copies until from has sent all and says so to the other. It reports whether the
// other way may go on: after an error, or where to has no way to be told, it may not.
func carry(from, to net.Conn) bool {
	if _, err := io.Copy(to, from); err != nil {
		return false
	}
	half, ok := to.(interface{ CloseWrite() error })
	return ok && half.CloseWrite() == nil
}
