package ferry_test

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"syscall"
	"testing"

	"github.com/ferry-project/ferry"
)

// The code decides the exit code and the HTTP status, so it must be right however
// deep an error is wrapped, and whatever stands around it.
func TestCodes(t *testing.T) {
	conflict := ferry.Errorf(ferry.Conflict, "%s runs", "sa-1")
	for name, c := range map[string]struct {
		err  error
		want ferry.Code
	}{
		"none":                    {nil, ""},
		"its own":                 {conflict, ferry.Conflict},
		"wrapped":                 {fmt.Errorf("stop it: %w", conflict), ferry.Conflict},
		"joined":                  {errors.Join(errors.New("first"), conflict), ferry.Conflict},
		"the outermost counts":    {ferry.Errorf(ferry.Failed, "start: %w", conflict), ferry.Failed},
		"faults":                  {fmt.Errorf("read: %w", ferry.Faults{{Message: "no"}}), ferry.Invalid},
		"an error with faults":    {&ferry.Error{Code: ferry.Failed, Faults: []ferry.Fault{{}}}, ferry.Failed},
		"no permission":           {&os.PathError{Op: "open", Path: "x", Err: syscall.EACCES}, ferry.Failed},
		"a full disk":             {fmt.Errorf("write: %w", syscall.ENOSPC), ferry.Failed},
		"a quota":                 {syscall.EDQUOT, ferry.Failed},
		"a disk one cannot write": {syscall.EROFS, ferry.Failed},
		"a missing file":          {fs.ErrNotExist, ferry.Internal},
		"a cancelled context":     {context.Canceled, ferry.Internal},
		"a code over a refusal":   {ferry.Errorf(ferry.Invalid, "no: %w", fs.ErrPermission), ferry.Invalid},
	} {
		t.Run(name, func(t *testing.T) {
			if got := ferry.CodeOf(c.err); got != c.want {
				t.Errorf("%q, want %q", got, c.want)
			}
		})
	}
}

func TestErrors(t *testing.T) {
	cause := errors.New("the cause")
	err := ferry.Errorf(ferry.Failed, "start it: %w", cause).WithHint("ferry rm %s", "sa-1")
	if err.Error() != "start it: the cause" || !errors.Is(err, cause) || err.Hint != "ferry rm sa-1" {
		t.Errorf("%+v", err)
	}
	if got := (&ferry.Error{Code: ferry.Failed, Err: cause}).Error(); got != "the cause" {
		t.Errorf("without a sentence it says %q", got)
	}
	if got := (&ferry.Error{Code: ferry.Failed, Message: "a sentence", Err: cause}).Error(); got != "a sentence" {
		t.Errorf("with a sentence it says %q", got)
	}
	two := errors.New("another")
	if both := ferry.Errorf(ferry.Failed, "%w, then %w", cause, two); !errors.Is(both, cause) || !errors.Is(both, two) {
		t.Error("one of two causes is lost")
	}
}

func TestFaultsAreShownWithTheirPlace(t *testing.T) {
	for name, c := range map[string]struct {
		fault ferry.Fault
		want  string
	}{
		"the sentence alone": {ferry.Fault{Message: "it is empty"}, "it is empty"},
		"a path and a hint":  {ferry.Fault{Path: "a.b", Message: "no", Hint: "yes"}, "a.b: no (yes)"},
		"of a whole file":    {ferry.Fault{File: "x.yaml", Message: "not YAML"}, "x.yaml: not YAML"},
		"with its line": {
			ferry.Fault{File: "x.yaml", Line: 3, Column: 5, Path: "a", Message: "no", Hint: "yes", Excerpt: "  a: b"},
			"x.yaml:3:5: a: no (yes)\n      a: b\n        ^",
		},
		"the first column":      {ferry.Fault{File: "x", Line: 1, Column: 1, Message: "no", Excerpt: "y"}, "x:1:1: no\n    y\n    ^"},
		"a line without column": {ferry.Fault{File: "x", Line: 1, Message: "no", Excerpt: "y"}, "x:1:0: no"},
		"without an excerpt":    {ferry.Fault{File: "x", Line: 1, Column: 9, Message: "no"}, "x:1:9: no"},
	} {
		t.Run(name, func(t *testing.T) {
			if got := c.fault.String(); got != c.want {
				t.Errorf("\n%s\nwant\n%s", got, c.want)
			}
		})
	}
}

func TestFaultsTogether(t *testing.T) {
	var none ferry.Faults
	if err := none.OrNil(); err != nil {
		t.Errorf("no fault is the error %v", err)
	}
	fs := ferry.Faults{{Path: "args.db", Message: "one"}, {Message: "two"}}
	within := fs.Within("backend[0].storage")
	if err := within.OrNil(); err == nil || err.Error() != "backend[0].storage.args.db: one\nbackend[0].storage: two" {
		t.Errorf("%v", err)
	}
	if fs[0].Path != "args.db" {
		t.Error("the faults that were given were changed")
	}
}
