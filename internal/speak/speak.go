// Package speak is how Ferry speaks with the ports of nodes: one Speaker for each
// protocol. The composition root says which there are; who walks a plan finds them by
// name and knows no protocol. TCP and HTTP are here, as they need no library; any other
// protocol has a package below.
package speak

import (
	"bytes"
	"context"
	"encoding/json"
	"maps"
	"net"
	"slices"
	"strings"

	"github.com/ferry-project/ferry"
	"github.com/ferry-project/ferry/internal/retry"
)

// Speaker speaks one protocol. It is used by many goroutines at once.
type Speaker interface {
	// Do has one conversation; nil means that all of the script holds. It may wait for
	// what comes about by itself, until ctx ends, and say what it sees meanwhile.
	// Whoever wants it done asks again after an error, unless retry.Stop has marked it:
	// one that would come again however often it is tried. No error holds a word of the script that may be secret.
	Do(ctx context.Context, to Peer, script []byte, say func(answer string)) error
}

// Peer is the port that is spoken with.
type Peer struct {
	Node string // the node's name in the plan
	Port int
	// Dial connects to that port of a node, this one or another of the plan.
	Dial func(ctx context.Context, node string) (net.Conn, error)
}

// Connect returns a connection to the peer that is closed when ctx ends, so that
// reading and writing end with it; done closes it sooner.
func (p Peer) Connect(ctx context.Context) (conn net.Conn, done func(), err error) {
	conn, err = p.Dial(ctx, p.Node)
	if err != nil {
		return nil, nil, err
	}
	stop := context.AfterFunc(ctx, func() { _ = conn.Close() })
	return conn, func() { stop(); _ = conn.Close() }, nil
}

// Read decodes a script, strictly. Its error is final: a plan has the script from a
// personality, so a wrong one is a defect of Ferry.
func Read(script []byte, words any) error {
	d := json.NewDecoder(bytes.NewReader(script))
	d.DisallowUnknownFields()
	if err := d.Decode(words); err != nil {
		return retry.Stop(ferry.Errorf(ferry.Internal, "read the script: %w", err))
	}
	return nil
}

// Speakers are those who speak, by protocol.
type Speakers map[string]Speaker

// Of returns who speaks a protocol.
func (s Speakers) Of(protocol string) (Speaker, error) {
	if found, ok := s[protocol]; ok {
		return found, nil
	}
	return nil, ferry.Errorf(ferry.Internal, "nobody speaks %q; there are speakers of %s", protocol,
		strings.Join(slices.Sorted(maps.Keys(s)), ", "))
}
