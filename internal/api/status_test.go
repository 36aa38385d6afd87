package api_test

import (
	"context"
	"errors"
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/ferry-project/ferry"
	"github.com/ferry-project/ferry/internal/api"
)

var codes = []ferry.Code{
	ferry.Invalid, ferry.NotFound, ferry.Conflict, ferry.Unavailable, ferry.Interrupted, ferry.Failed, ferry.Internal,
}

func TestEveryCodeHasItsOwnStatus(t *testing.T) {
	seen := map[int]ferry.Code{}
	for _, c := range codes {
		s := api.Status(c)
		if other, dup := seen[s]; dup {
			t.Errorf("%s and %s have the status %d", c, other, s)
		}
		seen[s] = c
		if back := api.CodeOf(s); back != c {
			t.Errorf("%s is %d, and back it is %s", c, s, back)
		}
	}
}

func TestStatusesOfOthers(t *testing.T) {
	for status, want := range map[int]ferry.Code{
		401: ferry.Invalid, 403: ferry.Invalid, 413: ferry.Invalid, 504: ferry.Unavailable, 501: ferry.Internal, 302: ferry.Internal,
	} {
		if got := api.CodeOf(status); got != want {
			t.Errorf("%d: %s, want %s", status, got, want)
		}
	}
	if s := api.Status("made up"); s != 500 {
		t.Errorf("a code out of nowhere: %d", s)
	}
}

func TestProblemKeepsTheError(t *testing.T) {
	faults := []ferry.Fault{{Path: "a", Message: "b"}}
	for _, c := range []struct {
		name string
		err  error
		want ferry.Error
	}{
		{"all", &ferry.Error{Code: ferry.Conflict, Message: "m", Hint: "h", Output: "o", Faults: faults}, ferry.Error{Code: ferry.Conflict, Message: "m", Hint: "h", Output: "o", Faults: faults}},
		{"one fault", ferry.Faults(faults), ferry.Error{Code: ferry.Invalid, Message: "one thing is wrong", Faults: faults}},
		{"no code", &ferry.Error{Message: "m"}, ferry.Error{Code: ferry.Internal, Message: "m"}},
		{"plain", errors.New("m"), ferry.Error{Code: ferry.Internal, Message: "m"}},
		{"cancelled", fmt.Errorf("m: %w", context.Canceled), ferry.Error{Code: ferry.Interrupted, Message: "m: context canceled"}},
	} {
		p := api.NewProblem(c.err)
		if p.Title == "" || p.Status != api.Status(c.want.Code) {
			t.Errorf("%s: %+v", c.name, p)
		}
		if d := cmp.Diff(c.want, *p.Err(), cmpopts.IgnoreFields(ferry.Error{}, "Err")); d != "" {
			t.Errorf("%s (-want +got):\n%s", c.name, d)
		}
	}
}

func TestProblemOfOthersHasASentence(t *testing.T) {
	e := (&api.Problem{Status: 404, Title: "Not Found"}).Err()
	if e.Code != ferry.NotFound || e.Message != "the server answered 404 Not Found" {
		t.Errorf("got %+v", e)
	}
}
