package api

import "github.com/ferry-project/ferry"

// Change is what a stack is to become.
type Change struct {
	// Source is the application that it is to be a stack of; nil: the one it is.
	Source *Source `json:"source,omitempty"`
	// Instances are counts by service: its personality, or its id.
	Instances map[string]int `json:"instances,omitempty"`
}

// Difference is what a change would do.
type Difference struct {
	Stack string     `json:"stack"`
	Same  bool       `json:"same"` // nothing is to be done
	Ops   []ferry.Op `json:"operations"`
}
