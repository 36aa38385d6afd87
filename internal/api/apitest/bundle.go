package apitest

import (
	"context"
	"io"
)

// Bundle plays BundleFunc, else no stack is known.
func (f *Ferry) Bundle(ctx context.Context, ref string, w io.Writer) error {
	if f.BundleFunc == nil {
		return noStack(ref)
	}
	return f.BundleFunc(ctx, ref, w)
}
