package personality

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/ferry-project/ferry"
)

// Choose returns the value of an argument, the first of those that it may be when it is
// not given, and a fault when it is none of them.
func Choose(s ferry.Service, arg string, of ...string) (string, *ferry.Fault) {
	v := s.Args[arg]
	switch {
	case v == "":
		return of[0], nil
	case slices.Contains(of, v):
		return v, nil
	}
	return v, &ferry.Fault{
		Path: "args." + arg, Message: fmt.Sprintf("%s cannot be %q", arg, v), Hint: "it is " + strings.Join(of, " or "),
	}
}

// Replication reads the argument of that name: on how many nodes data is, three or as many
// as there are by default, 1 with a fault. holders says what those nodes are, as in "nodes
// to hold a copy".
func Replication(s ferry.Service, holders string) (int, *ferry.Fault) {
	text := s.Args["replication"]
	if text == "" {
		return max(1, min(3, s.Instances)), nil
	}
	n, err := strconv.Atoi(text)
	switch {
	case err != nil || n < 1:
		return 1, &ferry.Fault{
			Path: "args.replication", Message: fmt.Sprintf("replication is %q, but must be a whole number from 1", text),
		}
	case n > s.Instances:
		return 1, &ferry.Fault{
			Path:    "args.replication",
			Message: fmt.Sprintf("replication is %d, but there are %d %s", n, s.Instances, holders),
			Hint:    fmt.Sprintf("ask for %d instances, or for replication %d", n, s.Instances),
		}
	}
	return n, nil
}

// LeastMemory finds fault with less memory than a node needs, instead of letting its JVM
// run out of heap while it starts. least is in bytes; what is the node, "a node of Cassandra".
func LeastMemory(s ferry.Service, what string, least int64) *ferry.Fault {
	m := s.Resources.Memory
	if m <= 0 || m >= least {
		return nil
	}
	return &ferry.Fault{
		Path:    "resources.memory",
		Message: fmt.Sprintf("%s needs at least %d MiB with this profile, not %d", what, least/ferry.MiB, m/ferry.MiB),
	}
}

// CheckSettings finds fault with settings of a group that are Ferry's to set, which owned
// has with what to use instead, and with those that check refuses by a message and a hint.
func CheckSettings(s ferry.Service, group string, owned map[string]string, check func(key, value string) (message, hint string)) ferry.Faults {
	var faults ferry.Faults
	for _, k := range slices.Sorted(maps.Keys(s.Config[group])) {
		message, hint := k+" is set by Ferry", owned[k]
		if _, taken := owned[k]; !taken {
			message, hint = check(k, s.Config[group][k])
		}
		if message != "" {
			faults = append(faults, ferry.Fault{Path: "config." + group + "." + k, Message: message, Hint: hint})
		}
	}
	return faults
}
