package ferry

import (
	"errors"
	"fmt"
	"io/fs"
	"strings"
	"syscall"
)

// Code classifies an error by what a caller can do about it. One table turns
// codes into HTTP statuses (internal/api), one into exit codes (internal/cli).
type Code string

// The codes.
const (
	Invalid     Code = "invalid"     // the request or the file is wrong
	NotFound    Code = "not-found"   // no such stack, node, image, job
	Conflict    Code = "conflict"    // not possible in the present state
	Unavailable Code = "unavailable" // the engine or the server cannot be reached
	Interrupted Code = "interrupted" // cancelled by the user
	Failed      Code = "failed"      // it was tried and did not work
	Internal    Code = "internal"    // a defect of Ferry
)

// Error is what crosses a boundary: one sentence in the user's words and what
// to do about it. Inside a package plain wrapped errors are enough.
type Error struct {
	Code    Code   `json:"code"`
	Message string `json:"message"`
	Hint    string `json:"hint,omitempty"`
	// Output is what a failed command inside a node printed, its end if long.
	Output string  `json:"output,omitempty"`
	Faults []Fault `json:"faults,omitempty"`
	Err    error   `json:"-"`
}

// Error returns the sentence; hint, output and faults are the printer's business.
func (e *Error) Error() string {
	if e.Message == "" && e.Err != nil {
		return e.Err.Error()
	}
	return e.Message
}

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Err }

// Errorf makes an Error with a code; %w keeps the cause, or each of several.
func Errorf(code Code, format string, args ...any) *Error {
	err := fmt.Errorf(format, args...)
	cause := errors.Unwrap(err)
	if _, several := err.(interface{ Unwrap() []error }); several { //nolint:errorlint // fmt's own, just made
		cause = err
	}
	return &Error{Code: code, Message: err.Error(), Err: cause}
}

// WithHint adds what the user can do.
func (e *Error) WithHint(format string, args ...any) *Error {
	e.Hint = fmt.Sprintf(format, args...)
	return e
}

// CodeOf returns the code of the outermost Error in err's chain, Invalid for Faults,
// Failed for what the machine refuses, Internal for anything else and "" for nil.
func CodeOf(err error) Code {
	var e *Error
	var f Faults
	switch {
	case err == nil:
		return ""
	case errors.As(err, &e):
		return e.Code
	case errors.As(err, &f):
		return Invalid
	case refused(err):
		return Failed
	}
	return Internal
}

// refused reports whether the machine is the reason: no permission, no space left.
func refused(err error) bool {
	for _, why := range []error{fs.ErrPermission, syscall.ENOSPC, syscall.EDQUOT, syscall.EROFS} {
		if errors.Is(err, why) {
			return true
		}
	}
	return false
}

// Fault is one thing wrong in an application file.
type Fault struct {
	// Path of the value, from the block it was found in; once located, from the
	// top of the file: "backend[0].storage.instances". A fault of the file as a
	// whole (not YAML) has none.
	Path    string `json:"path,omitempty"`
	Message string `json:"message"`        // one sentence without a full stop
	Hint    string `json:"hint,omitempty"` // "did you mean mpi?"
	File    string `json:"file,omitempty"`
	Line    int    `json:"line,omitempty"`   // 1-based; 0: not located
	Column  int    `json:"column,omitempty"` // 1-based
	Excerpt string `json:"excerpt,omitempty"`
}

// String is the fault on one to three lines: place, sentence, hint; the excerpt
// with a caret below.
func (f Fault) String() string {
	var b strings.Builder
	if f.Line > 0 {
		fmt.Fprintf(&b, "%s:%d:%d: ", f.File, f.Line, f.Column)
	} else if f.File != "" {
		fmt.Fprintf(&b, "%s: ", f.File)
	}
	if f.Path != "" {
		fmt.Fprintf(&b, "%s: ", f.Path)
	}
	b.WriteString(f.Message)
	if f.Hint != "" {
		fmt.Fprintf(&b, " (%s)", f.Hint)
	}
	if f.Excerpt != "" && f.Column > 0 {
		fmt.Fprintf(&b, "\n    %s\n    %s^", f.Excerpt, strings.Repeat(" ", f.Column-1))
	}
	return b.String()
}

// Faults is every fault of a file, as one error.
type Faults []Fault

// Error joins the faults, one below the other.
func (fs Faults) Error() string {
	lines := make([]string, len(fs))
	for i, f := range fs {
		lines[i] = f.String()
	}
	return strings.Join(lines, "\n")
}

// Within prefixes the path of every fault with the block it was found in.
func (fs Faults) Within(block string) Faults {
	out := make(Faults, len(fs))
	for i, f := range fs {
		f.Path = strings.TrimSuffix(block+"."+f.Path, ".")
		out[i] = f
	}
	return out
}

// OrNil returns the faults as an error, or nil when there is none.
func (fs Faults) OrNil() error {
	if len(fs) == 0 {
		return nil
	}
	return fs
}
