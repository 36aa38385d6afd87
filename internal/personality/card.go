package personality

import (
	"slices"
	"strings"
)

// Answers reports whether name means this personality.
func (c Card) Answers(name string) bool {
	name = strings.TrimPrefix(name, "ferry/")
	return name == c.Name || slices.Contains(c.Aliases, name)
}

// Stands reports whether it can use a service of that personality.
func (c Card) Stands(on string) bool { return slices.Contains(c.On, on) }
