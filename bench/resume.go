package main

import (
	"context"
	"errors"
	"time"
)

// resumption times a stack's second life beside its first: the same job each time.
type resumption struct {
	ferry                          ferryCLI
	finish                         finish
	firstReady, againReady, stopIn samples
	first                          samples
}

// resume compares a resume of Hadoop with its first start.
func resume(ctx context.Context, o options) ([]row, error) {
	job, err := job()
	if err != nil {
		return nil, err
	}
	r := &resumption{ferry: newFerry(o), finish: job}
	defer r.ferry.quit(context.WithoutCancel(ctx)) //nolint:errcheck // the work is done
	// Builds the images and warms the page cache.
	if _, err := (ferryStart{r.ferry, hadoopApplication, job, newRawAPI(o), nil}).run(ctx); err != nil {
		return nil, err
	}
	all, err := interleave(ctx, o, []contender{{"resume", r.run}})
	if err != nil {
		return nil, err
	}
	say("a stop took %s in the median", seconds(r.stopIn.median()))
	return []row{
		newRow("hadoop:2, resume until the same job has finished; beside the first start", 0, all["resume"], r.first),
		newRow("the same until it is ready; beside the first start", 0, r.againReady, r.firstReady),
	}, nil
}

// run returns the time of the resume; the others it keeps.
func (r *resumption) run(ctx context.Context) (took time.Duration, err error) {
	first, err := r.ferry.arrive(ctx, hadoopApplication, r.finish)
	defer func() { err = errors.Join(err, r.ferry.remove(ctx, first.stack)) }()
	if err != nil {
		return 0, err
	}
	begin := time.Now()
	if _, _, err = r.ferry.do(ctx, nil, "stop", first.stack); err != nil {
		return 0, err
	}
	stopped := time.Since(begin)
	again, err := r.ferry.arrive(ctx, first.stack, r.finish)
	if err == nil {
		r.firstReady, r.first = append(r.firstReady, first.ready), append(r.first, first.took)
		r.againReady, r.stopIn = append(r.againReady, again.ready), append(r.stopIn, stopped)
	}
	return again.took, err
}
