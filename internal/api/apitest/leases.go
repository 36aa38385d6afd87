package apitest

import "context"

// Hold plays HoldFunc, else no stack is known.
func (f *Ferry) Hold(ctx context.Context, ref string, held func() error) error {
	if f.HoldFunc == nil {
		return noStack(ref)
	}
	return f.HoldFunc(ctx, ref, held)
}

// Release plays ReleaseFunc, else no stack is known.
func (f *Ferry) Release(ctx context.Context, ref string) error {
	if f.ReleaseFunc == nil {
		return noStack(ref)
	}
	return f.ReleaseFunc(ctx, ref)
}
