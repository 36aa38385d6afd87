package show

import (
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/ferry-project/ferry"
)

// Error prints err for a person: the sentence, every fault with its excerpt,
// what a failed command printed, and what to do.
func Error(w io.Writer, err error) {
	var e *ferry.Error
	var faults ferry.Faults
	switch {
	case errors.As(err, &e):
		fmt.Fprintf(w, "error: %s\n", err)
		printFaults(w, e.Faults)
		printOutput(w, e.Output)
		printHint(w, e.Hint)
	case errors.As(err, &faults):
		fmt.Fprintf(w, "error: %s\n", count(len(faults), "fault"))
		printFaults(w, faults)
	default:
		fmt.Fprintf(w, "error: %s\n", err)
	}
	if ferry.CodeOf(err) == ferry.Internal {
		fmt.Fprintln(w, "this is a defect of Ferry; please report it, with what you did and `ferry version`")
	}
}

func printFaults(w io.Writer, faults []ferry.Fault) {
	for _, f := range faults {
		fmt.Fprintf(w, "  %s\n", strings.ReplaceAll(f.String(), "\n", "\n  "))
	}
}

func printOutput(w io.Writer, output string) {
	output = strings.TrimRight(output, "\n")
	if output == "" {
		return
	}
	fmt.Fprintf(w, "  | %s\n", strings.ReplaceAll(output, "\n", "\n  | "))
}

func printHint(w io.Writer, hint string) {
	if hint != "" {
		fmt.Fprintf(w, "hint: %s\n", hint)
	}
}

// count says "1 fault", "2 faults".
func count(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return fmt.Sprintf("%d %ss", n, noun)
}
