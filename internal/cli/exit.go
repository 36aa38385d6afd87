package cli

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/ferry-project/ferry"
)

// exitCodes is the one table of them; every --help prints it.
var exitCodes = [...]struct {
	code  int
	means string
	of    []ferry.Code
}{
	{0, "done", nil},
	{1, "failed", []ferry.Code{ferry.Failed, ferry.Internal}},
	{2, "wrong use, or something wrong in the application file", []ferry.Code{ferry.Invalid}},
	{3, "no such stack, node, image, job or application", []ferry.Code{ferry.NotFound}},
	{4, "not possible in the present state of the stack", []ferry.Code{ferry.Conflict}},
	{5, "no engine, or no server, answers", []ferry.Code{ferry.Unavailable}},
	{timedOutCode, "not done within --timeout", nil},
	{130, "interrupted", []ferry.Code{ferry.Interrupted}},
}

// timedOutCode is that of timeout(1).
const timedOutCode = 124

// exitHelp is the table for people.
func exitHelp() string {
	var b strings.Builder
	b.WriteString("Exit codes:\n")
	for _, row := range exitCodes {
		fmt.Fprintf(&b, "  %-5d%s\n", row.code, row.means)
	}
	b.WriteString("  exec, ssh and run give the exit code of the command they ran.\n")
	return b.String()
}

// exitCode of an error; of several joined ones, that of the first.
func exitCode(err error) int {
	if own, ok := errors.AsType[commandExit](err); ok {
		return int(own)
	}
	if _, late := errors.AsType[timedOut](err); late {
		return timedOutCode
	}
	code := ferry.CodeOf(err)
	for _, row := range exitCodes {
		if slices.Contains(row.of, code) {
			return row.code
		}
	}
	if err == nil {
		return 0
	}
	return 1
}

// commandExit is the exit code of a command the user asked for; nothing is printed for it.
type commandExit int

func (c commandExit) Error() string { return fmt.Sprintf("exit code %d", int(c)) }

// exited turns a command's exit code into an error, nil for 0.
func exited(code int) error {
	if code == 0 {
		return nil
	}
	return commandExit(code)
}

// errInterrupted is an end the user asked for; nothing is printed for it.
var errInterrupted = ferry.Errorf(ferry.Interrupted, "interrupted")
