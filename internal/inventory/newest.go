package inventory

import (
	"strconv"

	"github.com/ferry-project/ferry"
)

// newest keeps the plan's label of the highest revision.
type newest struct {
	label    string
	revision int
}

func (n *newest) see(labels map[string]string) {
	revision, _ := strconv.Atoi(labels[ferry.LabelRevision]) // none: the first
	if label := labels[ferry.LabelPlan]; label != "" && (n.label == "" || revision > n.revision) {
		n.label, n.revision = label, revision
	}
}
