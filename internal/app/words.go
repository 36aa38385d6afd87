package app

import (
	"slices"
	"strings"
)

// either joins alternatives: "a, b or c".
func either(words []string) string {
	n := len(words)
	if n < 2 {
		return strings.Join(words, "")
	}
	return strings.Join(words[:n-1], ", ") + " or " + words[n-1]
}

// last gives the key a path ends with, or "an item" of a list.
func last(path string) string {
	if strings.HasSuffix(path, "]") {
		list := path[strings.LastIndexByte(path, '.')+1:]
		return "an item of " + list[:strings.IndexByte(list+"[", '[')]
	}
	return path[strings.LastIndexByte(path, '.')+1:]
}

// nearest gives the candidate that word was most likely meant to be, or "".
func nearest(word string, candidates []string) string {
	word = strings.ToLower(word)
	if len(word) > 40 {
		return ""
	}
	best, least := "", len(word)/3+2
	for _, c := range candidates {
		if d := distance(word, strings.ToLower(c)); d < least && d < len(c) {
			best, least = c, d
		}
	}
	return best
}

// distance counts the letters to insert, remove, replace or swap with their
// neighbour to make b of a.
func distance(a, b string) int {
	rows := make([][]int, len(a)+1)
	for i := range rows {
		rows[i] = make([]int, len(b)+1)
		rows[i][0] = i
	}
	for j := range rows[0] {
		rows[0][j] = j
	}
	for i := 1; i <= len(a); i++ {
		for j := 1; j <= len(b); j++ {
			cost := 1
			if a[i-1] == b[j-1] {
				cost = 0
			}
			rows[i][j] = min(rows[i-1][j]+1, rows[i][j-1]+1, rows[i-1][j-1]+cost)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				rows[i][j] = min(rows[i][j], rows[i-2][j-2]+1)
			}
		}
	}
	return rows[len(a)][len(b)]
}

// historic are the personalities of the original Ferry. Whoever names one that is
// not in the catalogue has made no mistake and is told so.
var historic = []string{
	"gluster", "hadoop", "hive", "yarn", "cassandra", "titan", "janusgraph", "spark", "mongodb", "mpi", "openmpi",
	"hadoop-client", "cassandra-client", "spark-client", "mongodb-client", "mpi-client", "openmpi-client",
}

func isHistoric(name string) bool {
	return slices.Contains(historic, strings.TrimPrefix(name, "ferry/"))
}
