package enginetest

import (
	"os"
	"testing"

	"github.com/ferry-project/ferry/internal/engine/endpoint"
)

// Endpoint is the engine that the tests of real ones are to run on: the one that the
// environment names, as for every command.
func Endpoint(t *testing.T) endpoint.Endpoint {
	t.Helper()
	at, err := endpoint.Variables(os.Getenv).Find()
	if err != nil {
		t.Fatal(err)
	}
	return at
}
