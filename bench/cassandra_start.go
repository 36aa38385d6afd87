package main

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/ferry-project/ferry"
	"github.com/ferry-project/ferry/internal/secret"
)

// started is what a node of Cassandra says when its own start is over.
const started = "Startup complete"

// ringStart is Ferry's way, with two more times of each run: until the stack was
// ready, and until the slowest of its nodes said that its own start was over.
type ringStart struct {
	ferryStart
	ready, own samples
}

func (s *ringStart) run(ctx context.Context) (took time.Duration, err error) {
	before := s.spent(ctx)
	a, err := s.ferry.arrive(ctx, s.application, s.finish)
	if err == nil {
		err = s.note(ctx, a)
	}
	if err == nil {
		s.charge(ctx, a, before)
	}
	return a.took, errors.Join(err, s.ferry.remove(ctx, a.stack))
}

// note looks into the nodes' logs; all times are of this machine's clock.
func (s *ringStart) note(ctx context.Context, a arrival) error {
	var slowest time.Duration
	for i := range 3 {
		at, err := s.raw.said(ctx, fmt.Sprintf("ferry-%s-cassandra%d", a.stack, i), started)
		if err != nil {
			return err
		}
		slowest = max(slowest, at.Sub(a.begin))
	}
	s.ready, s.own = append(s.ready, a.ready), append(s.own, slowest)
	return nil
}

// loneNode is one node of Ferry's plan, alone on the machine, made by the raw API:
// what a start of Cassandra costs when nobody else starts.
type loneNode struct {
	ferry  ferryCLI
	api    *rawAPI
	ledger *ledger
}

func (s loneNode) run(ctx context.Context) (took time.Duration, err error) {
	p, err := s.ferry.plan(ctx, "cassandra:1")
	if err != nil {
		return 0, err
	}
	v, err := secret.Generate(secretsOf(p))
	if err != nil {
		return 0, err
	}
	before := engineCost()
	begin := time.Now()
	at, err := s.start(ctx, p, v)
	if err == nil {
		s.ledger.charge("one", cost{
			containers: s.api.containersCost(ctx, s.api.label), engine: engineCost() - before, by: s.api.usage(ctx, s.api.label),
		})
	}
	return at.Sub(begin), errors.Join(err, s.api.remove(ctx, s.api.label))
}

func (s loneNode) start(ctx context.Context, p ferry.Plan, v secret.Values) (at time.Time, err error) {
	if err := s.api.makeNetwork(ctx, p.Network); err != nil {
		return at, err
	}
	if err := s.api.makeNode(ctx, p.Network.Name, p.Nodes[0], v); err != nil {
		return at, err
	}
	err = again(ctx, func() (err error) {
		at, err = s.api.said(ctx, p.Nodes[0].Container, started)
		return err
	})
	return at, err
}

// said returns the moment at which a container printed a line with these words.
func (a *rawAPI) said(ctx context.Context, container, words string) (time.Time, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://docker"+version+"/containers/"+container+"/logs?stdout=1&stderr=1&timestamps=1", nil)
	if err != nil {
		return time.Time{}, err
	}
	resp, err := a.http.Do(req)
	if err != nil {
		return time.Time{}, err
	}
	defer resp.Body.Close() //nolint:errcheck // only read
	log, err := frames(resp.Body)
	if err != nil {
		return time.Time{}, err
	}
	return moment(log, words)
}

// moment of the first line with these words; each begins with the engine's time.
func moment(log, words string) (time.Time, error) {
	for line := range strings.Lines(log) {
		if stamp, text, ok := strings.Cut(line, " "); ok && strings.Contains(text, words) {
			return time.Parse(time.RFC3339Nano, stamp)
		}
	}
	return time.Time{}, fmt.Errorf("nobody has said %q yet", words)
}
