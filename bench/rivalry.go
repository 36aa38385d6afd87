package main

import (
	"context"
	"fmt"
	"os"
	"time"
)

// rivalry is an application of Ferry's with its floor, its peers and who else comes.
type rivalry struct {
	o      options
	start  ferryStart
	needs  []string // of the floor: network probes it has to wait for
	peers  []composition
	others []contender
}

func newRivalry(o options, application string, last finish, needs []string) rivalry {
	return rivalry{o: o, start: ferryStart{newFerry(o), application, last, newRawAPI(o), newLedger()}, needs: needs}
}

// run warms up, runs all contenders round by round, ours as "ferry", and prints
// where the time went.
func (b rivalry) run(ctx context.Context, ours func(context.Context) (time.Duration, error)) (map[string]samples, error) {
	s := b.start
	defer s.ferry.quit(context.WithoutCancel(ctx)) //nolint:errcheck // the work is done
	// The first start builds the images, and brings what everybody reads into the
	// page cache.
	if _, err := (ferryStart{s.ferry, s.application, s.finish, s.raw, nil}).run(ctx); err != nil {
		return nil, fmt.Errorf("warm up: %w", err)
	}
	contenders := append([]contender{{"ferry", ours}}, b.others...)
	for _, p := range b.peers {
		peer, err := newCompose(ctx, b.o, s.ferry, p)
		if err != nil {
			return nil, err
		}
		contenders = append(contenders, contender{p.name, peer.charged(s.raw, s.ledger)})
	}
	contenders = append(contenders, contender{"floor", floor{
		ferry: s.ferry, application: s.application, api: s.raw, finish: s.finish, ledger: s.ledger, awaits: b.needs,
	}.run})
	all, err := interleave(ctx, b.o, contenders)
	s.ledger.print(os.Stdout, s.finish.what)
	return all, err
}
