package engine

import (
	"errors"
	"strings"

	"github.com/ferry-project/ferry"
)

// Explain returns the error of an engine that did not answer in the user's words, and
// every other error as it is.
func Explain(err error) error {
	if errors.Is(err, ErrUnavailable) {
		sentence := err.Error()
		if _, rest, ok := strings.Cut(sentence, ErrUnavailable.Error()+": "); ok {
			sentence = rest
		}
		return (&ferry.Error{Code: ferry.Unavailable, Message: sentence, Err: err}).
			WithHint("ferry doctor says what is missing; ferry doctor --fix installs and starts it")
	}
	return err
}
