// Package cli is Ferry's command line: one file per command. It knows the API
// and the root nouns only, reads the world through Env, and turns every error
// into a sentence, a hint and an exit code.
package cli

import (
	"context"
	"errors"
	"fmt"
	"runtime/debug"
	"strings"

	"github.com/spf13/cobra"

	"github.com/ferry-project/ferry"
	"github.com/ferry-project/ferry/internal/cli/show"
)

// Main runs one command line (without the program's name) and returns its exit
// code. Everything is printed when it returns. ctx ends at the first Ctrl-C.
func Main(ctx context.Context, env *Env, args []string) (code int) {
	defer func() {
		if r := recover(); r != nil {
			err := ferry.Errorf(ferry.Internal, "%v", r)
			err.Output = string(debug.Stack())
			show.Error(env.Err, err)
			code = exitCode(err)
		}
	}()
	running := false
	root := newRoot(env, func() { running = true })
	root.SetArgs(args)
	err := root.ExecuteContext(ctx)
	if err != nil && !running {
		err = wrongUse(root, args, err)
	}
	if err != nil && ctx.Err() != nil && errors.Is(err, context.Canceled) {
		err = errInterrupted
	}
	report(env, err)
	return exitCode(err)
}

// report prints err, unless the user knows it already.
func report(env *Env, err error) {
	if joined, ok := err.(interface{ Unwrap() []error }); ok {
		for _, e := range joined.Unwrap() {
			report(env, e)
		}
		return
	}
	var own commandExit
	if err == nil || errors.As(err, &own) || errors.Is(err, errInterrupted) {
		return
	}
	show.Error(env.Err, err)
}

// wrongUse adds a code and a hint to cobra's complaints; our own have them.
func wrongUse(root *cobra.Command, args []string, err error) error {
	if e := (*ferry.Error)(nil); errors.As(err, &e) {
		return err
	}
	sentence, _, _ := strings.Cut(err.Error(), "\n")
	wrong := ferry.Errorf(ferry.Invalid, "%s", sentence)
	if strings.HasPrefix(sentence, "unknown command") {
		if s := root.SuggestionsFor(firstWord(args)); len(s) > 0 {
			return wrong.WithHint("did you mean %s?", strings.Join(s, " or "))
		}
	}
	return wrong.WithHint("ferry --help lists the commands")
}

func firstWord(args []string) string {
	for _, a := range args {
		if !strings.HasPrefix(a, "-") {
			return a
		}
	}
	return ""
}

// say talks to the user, on stderr.
func (e *Env) say(format string, args ...any) {
	fmt.Fprintf(e.Err, format+"\n", args...)
}
