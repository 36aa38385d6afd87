package main

import "golang.org/x/sync/errgroup"

// each calls do for every item, at most limit at once, and returns the first error.
func each[T any](items []T, limit int, do func(T) error) error {
	var g errgroup.Group
	g.SetLimit(limit)
	for _, item := range items {
		g.Go(func() error { return do(item) })
	}
	return g.Wait()
}
