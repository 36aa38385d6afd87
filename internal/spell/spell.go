// Package spell finds the word that somebody probably meant.
package spell

import (
	"strings"

	"github.com/agext/levenshtein"
)

// longest is the length of a word up to which a slip is looked for.
const longest = 40

// Nearest returns the candidate that word was most likely meant to be, or "" where
// none is near enough: further away it would be a guess, not a slip.
func Nearest(word string, candidates []string) string {
	word = strings.ToLower(word)
	if len(word) > longest {
		return ""
	}
	best, least := "", len(word)/3+2
	for _, c := range candidates {
		if d := levenshtein.Distance(word, strings.ToLower(c), nil); d < least && d < len(c) {
			best, least = c, d
		}
	}
	return best
}

// Hint returns the question whether the nearest candidate was meant, with a blank
// behind it, or "": so that it can stand before a sentence that lists them all.
func Hint(word string, candidates []string) string {
	if near := Nearest(word, candidates); near != "" {
		return "did you mean " + near + "? "
	}
	return ""
}
