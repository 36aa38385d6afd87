package show

import (
	"fmt"
	"io"

	"github.com/ferry-project/ferry"
)

// Difference prints what a change would do, and why.
func Difference(w io.Writer, ops []ferry.Op) error {
	if len(ops) == 0 {
		_, err := fmt.Fprintln(w, "nothing is to be done")
		return err
	}
	rows := make([][]string, len(ops))
	for i, o := range ops {
		rows[i] = []string{o.ID, o.Why}
	}
	return Rows(w, []string{"operation", "why"}, rows)
}
