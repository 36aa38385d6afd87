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

// last returns the key a path ends with, or "an item" of a list.
func last(path string) string {
	if strings.HasSuffix(path, "]") {
		list := path[strings.LastIndexByte(path, '.')+1:]
		return "an item of " + list[:strings.IndexByte(list+"[", '[')]
	}
	return path[strings.LastIndexByte(path, '.')+1:]
}

// historic are the personalities of the original Ferry. Naming one that is
// not in the catalogue yet is no mistake of the user's, and the message says so.
var historic = []string{
	"gluster", "hadoop", "hive", "yarn", "cassandra", "titan", "janusgraph", "spark", "mongodb", "mpi", "openmpi",
	"hadoop-client", "cassandra-client", "spark-client", "mongodb-client", "mpi-client", "openmpi-client",
}

func isHistoric(name string) bool {
	return slices.Contains(historic, strings.TrimPrefix(name, "ferry/"))
}

// refused says of a personality of the original why there will be none, or "".
func refused(name string) string {
	if strings.HasPrefix(strings.TrimPrefix(name, "ferry/"), "mongo") {
		return "no registry that Ferry builds its images from has a MongoDB server"
	}
	return ""
}
