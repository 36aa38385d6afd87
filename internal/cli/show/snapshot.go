package show

import (
	"fmt"
	"io"
	"time"

	"github.com/ferry-project/ferry"
)

// Snapshots prints the table of `ferry snapshots`.
func Snapshots(w io.Writer, all []ferry.Snapshot, now time.Time) error {
	rows := make([][]string, len(all))
	for i, n := range all {
		rows[i] = []string{n.ID, n.Name, n.Application, n.Stack, ferry.Size(n.Bytes()), Age(now.Sub(n.Created)), n.Note}
	}
	return Rows(w, []string{"id", "name", "application", "of", "size", "age", "note"}, rows)
}

// Snapshot prints one snapshot with its volumes.
func Snapshot(w io.Writer, n ferry.Snapshot, now time.Time) error {
	facts := [][2]string{
		{"id", n.ID},
		{"name", n.Name},
		{"note", n.Note},
		{"application", n.Application},
		{"of", n.Stack},
		{"created", n.Created.Format(time.RFC3339) + ", " + Age(now.Sub(n.Created)) + " ago"},
		{"by", "ferry " + n.Version},
		{"size", ferry.Size(n.Bytes())},
		{"stood still", still(n.Still)},
	}
	for _, f := range facts {
		if f[1] != "" {
			fmt.Fprintf(w, "%-12s %s\n", f[0]+":", f[1])
		}
	}
	rows := make([][]string, len(n.Volumes))
	for i, v := range n.Volumes {
		rows[i] = []string{v.Node, v.Name, ferry.Size(v.Bytes), fmt.Sprint(v.Files), v.Volume}
	}
	return Rows(w, []string{"node", "volume", "size", "files", "copy"}, rows)
}

func still(d time.Duration) string {
	if d == 0 {
		return "" // it did not run
	}
	return Seconds(d)
}
