package state

import (
	"crypto/rand"
	"encoding/hex"
)

// NewID is a prefix and eight random hex digits.
func NewID(prefix string) string {
	var b [4]byte
	_, _ = rand.Read(b[:]) // never fails on the systems Go runs on
	return prefix + hex.EncodeToString(b[:])
}
