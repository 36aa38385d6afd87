package state

import (
	"context"
	"fmt"
	"strings"

	"github.com/ferry-project/ferry"
	"github.com/ferry-project/ferry/internal/spell"
)

const idPrefix = "sa-"

// candidate is a stack or a snapshot as far as a reference is concerned.
type candidate struct{ id, name string }

func (c candidate) String() string {
	if c.name == "" {
		return c.id
	}
	return c.id + " (" + c.name + ")"
}

// Find returns the record of ref: an id, a name, or the beginning of an id that
// only one stack has; the "sa-" of an id may be left out. A name goes before the
// beginning of an id. The error is ferry.NotFound with the nearest that exists,
// or ferry.Invalid naming the candidates.
func (s *Store) Find(ctx context.Context, ref string) (Record, error) {
	id, err := s.resolve(ctx, ref)
	if err != nil {
		return Record{}, err
	}
	r, _, err := load(ctx, s.read, id)
	return r, err
}

func (s *Store) resolve(ctx context.Context, ref string) (string, error) {
	if strings.TrimPrefix(ref, idPrefix) == "" {
		return "", ferry.Errorf(ferry.Invalid, "no stack is named").WithHint("`ferry ps -a` lists all there are")
	}
	found, err := s.candidates(ctx, "stacks", idPrefix, ref)
	switch {
	case err != nil:
		return "", wrapFind(ref, err)
	case len(found) == 0:
		return "", s.nearest(ctx, ref)
	case len(found) > 1:
		return "", ambiguous(ref, found)
	}
	return found[0].id, nil
}

// candidates are what ref may mean in a table of things with an id, which begins with
// prefix, and a name: the one that is called so, else those whose id begins so, six at most.
func (s *Store) candidates(ctx context.Context, table, prefix, ref string) ([]candidate, error) {
	columns := "SELECT id, coalesce(name, '') FROM " + table
	found, err := collect(ctx, s.read, scanCandidate, columns+` WHERE id IN (?1, ?2) OR name = ?1
		ORDER BY id = ?1 DESC, name IS ?1 DESC LIMIT 1`, ref, prefix+ref)
	if err != nil || len(found) > 0 {
		return found, err
	}
	// Ids are lower-case letters, digits and dashes, all of them before "~".
	return collect(ctx, s.read, scanCandidate, columns+` WHERE id >= ?1 AND id < ?1 || '~' ORDER BY id LIMIT 6`,
		prefix+strings.TrimPrefix(ref, prefix))
}

func wrapFind(ref string, err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("find stack %s: %w", ref, err)
}

func scanCandidate(row scanner) (c candidate, err error) {
	err = row.Scan(&c.id, &c.name)
	return c, err
}

func ambiguous(ref string, found []candidate) error {
	const shown = 5
	names := make([]string, 0, shown+1)
	for _, c := range found {
		names = append(names, c.String())
	}
	if len(names) > shown {
		names = append(names[:shown], "…")
	}
	return ferry.Errorf(ferry.Invalid, "%s could be any of %s", ref, strings.Join(names, ", ")).
		WithHint("type more of the id, or the name")
}

// nearest makes the error for a reference that nothing answers to.
func (s *Store) nearest(ctx context.Context, ref string) error {
	all, err := collect(ctx, s.read, scanCandidate, `SELECT id, coalesce(name, '') FROM stacks`)
	if err != nil {
		return wrapFind(ref, err)
	}
	var words []string
	for _, c := range all {
		for _, word := range []string{c.name, c.id, strings.TrimPrefix(c.id, idPrefix)} {
			if word != "" {
				words = append(words, word)
			}
		}
	}
	best := spell.Nearest(ref, words)
	gone := ferry.Errorf(ferry.NotFound, "there is no stack %s", ref)
	if best == "" {
		return gone.WithHint("`ferry ps -a` lists all there are")
	}
	return gone.WithHint("did you mean %s?", best)
}
