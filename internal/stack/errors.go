package stack

import (
	"errors"
	"strings"

	"github.com/ferry-project/ferry"
	"github.com/ferry-project/ferry/internal/engine"
)

// unavailable turns the engine's own classes into the user's words.
func unavailable(err error) error {
	if errors.Is(err, engine.ErrUnavailable) {
		sentence := err.Error()
		if _, rest, ok := strings.Cut(sentence, engine.ErrUnavailable.Error()+": "); ok {
			sentence = rest
		}
		return (&ferry.Error{Code: ferry.Unavailable, Message: sentence, Err: err}).
			WithHint("ferry doctor says what is missing; ferry doctor --fix installs and starts it")
	}
	return err
}

func busy(stack string, j ferry.JobKind, id string) error {
	return ferry.Errorf(ferry.Conflict, "%s is %s by job %s", stack, j.Doing(), id).
		WithHint("wait for it, or end it with ferry cancel %s", id)
}
