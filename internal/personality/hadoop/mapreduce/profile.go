package mapreduce

import (
	"fmt"

	"github.com/ferry-project/ferry"
)

// Profile is how the JVMs of a service are tuned.
type Profile string

// The profiles.
const (
	// Fast starts quickly: the light compiler and collector, and small jobs run
	// within their application master.
	Fast Profile = "fast"
	// Server is for long and heavy work: the JVM's own choices.
	Server Profile = "server"
)

// ProfileHelp is the line of a personality's card.
const ProfileHelp = "fast (default) starts quickly, server is for heavy work"

// ProfileOf reads the option profile.
func ProfileOf(s ferry.Service) (Profile, ferry.Faults) {
	switch p := Profile(s.Args["profile"]); p {
	case "":
		return Fast, nil
	case Fast, Server:
		return p, nil
	default:
		return "", ferry.Faults{{
			Path: "args.profile", Message: fmt.Sprintf("there is no profile %q", string(p)), Hint: "fast or server",
		}}
	}
}

// Flags of every daemon's JVM.
func (p Profile) Flags() string {
	if p == Fast {
		return "-XX:+UseSerialGC -XX:TieredStopAtLevel=1"
	}
	return "-XX:+UseG1GC"
}

// Uber reports whether a small job runs within its application master.
func (p Profile) Uber() string {
	if p == Fast {
		return "true"
	}
	return "false"
}
