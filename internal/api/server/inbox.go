package server

import (
	"bytes"
	"errors"
	"sync"

	"github.com/ferry-project/ferry/internal/api"
)

// inbox is the input of an exec: filled by the socket, emptied by the command. It
// holds what a client may send ahead, so that the socket is listened to while the
// command does not read.
type inbox struct {
	read func(n int) // told how much more was taken, every now and then; set before the first Read

	mu       sync.Mutex
	changed  *sync.Cond
	held     bytes.Buffer
	untold   int
	endError error // nil while it is open
}

func newInbox() *inbox {
	b := &inbox{}
	b.changed = sync.NewCond(&b.mu)
	return b
}

// take adds a binary message. It waits only for a client that sends more than it may.
func (b *inbox) take(message []byte) error {
	if len(message) == 0 || message[0] != api.StreamIn {
		return errors.New("a binary message must begin with 0, the input stream")
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	for b.held.Len() >= api.StdinWindow && b.endError == nil {
		b.changed.Wait()
	}
	if b.endError == nil {
		b.held.Write(message[1:])
		b.changed.Broadcast()
	}
	return nil
}

// end closes the input; what is held can still be read. The first end counts.
func (b *inbox) end(err error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.endError == nil {
		b.endError = err
		b.changed.Broadcast()
	}
}

// Read returns what has come, waiting for the first byte.
func (b *inbox) Read(p []byte) (int, error) {
	n, told, err := b.get(p)
	if told > 0 {
		b.read(told)
	}
	return n, err
}

func (b *inbox) get(p []byte) (n, told int, err error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for b.held.Len() == 0 && b.endError == nil {
		b.changed.Wait()
	}
	if b.held.Len() == 0 {
		return 0, 0, b.endError
	}
	n, _ = b.held.Read(p)
	b.changed.Broadcast()
	b.untold += n
	if b.untold >= api.StdinWindow/4 {
		told, b.untold = b.untold, 0
	}
	return n, told, nil
}
