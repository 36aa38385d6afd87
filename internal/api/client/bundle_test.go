package client_test

import (
	"bytes"
	"context"
	"io"
	"testing"

	"github.com/ferry-project/ferry"
	"github.com/ferry-project/ferry/internal/api/apitest"
)

// A bundle comes as it is, and one that is cut off says so.
func TestBundle(t *testing.T) {
	var fails error
	f := &apitest.Ferry{BundleFunc: func(_ context.Context, ref string, w io.Writer) error {
		_, _ = io.WriteString(w, "PK "+ref)
		return fails
	}}
	c := dial(t, f)
	for _, fails = range []error{nil, ferry.Errorf(ferry.Failed, "no disk")} {
		var got bytes.Buffer
		err := c.Bundle(within(t), "a/b ü", &got)
		if got.String() != "PK a/b ü" || ferry.CodeOf(err) != ferry.CodeOf(fails) {
			t.Errorf("%q, %v", got.String(), err)
		}
	}
}
