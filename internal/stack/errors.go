package stack

import (
	"github.com/ferry-project/ferry"
)

func busy(stack string, j ferry.JobKind, id string) error {
	return ferry.Errorf(ferry.Conflict, "%s is %s by job %s", stack, j.Doing(), id).
		WithHint("wait for it, or end it with ferry cancel %s", id)
}
