package plan

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
)

// Digest is what a plan is, whosever it is: two inputs that differ in the stack's id and
// name and in what is taken already have the same one, and any other difference shows.
func Digest(in Input) (string, error) {
	in.Stack, in.Name, in.Observed, in.past = "sa-00000000", "", Observed{}, past{}
	p, err := New(in)
	if err != nil {
		return "", err
	}
	body, err := json.Marshal(p)
	if err != nil {
		return "", fmt.Errorf("sum up a plan: %w", err)
	}
	sum := sha256.Sum256(body)
	return hex.EncodeToString(sum[:]), nil
}
