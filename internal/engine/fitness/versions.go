package fitness

import (
	"fmt"
	"strings"

	"github.com/ferry-project/ferry/internal/engine"
)

// atLeast reports whether a version such as "1.1.5+ds1" or "v1.2.0-rc.1" is known to be
// that of major.minor or later; known is false for anything else.
func atLeast(version string, major, minor int) (so, known bool) {
	var a, b int
	if n, _ := fmt.Sscanf(strings.TrimPrefix(version, "v"), "%d.%d", &a, &b); n != 2 {
		return false, false
	}
	return a > major || a == major && b >= minor, true
}

// oldRuntime is a runc that knows no time namespaces. Docker since 29.5 asks for them.
func oldRuntime(i engine.Info) string {
	version, runc := strings.CutPrefix(i.Facts.Runtime, "runc ")
	old, known := atLeast(version, 1, 2)
	asks, docker := atLeast(i.Version, 29, 5)
	if !runc || !known || old || !docker || !asks || i.Facts.Product == "Podman" {
		return ""
	}
	return "runc " + version + " is older than 1.2 and knows no time namespaces, which Docker " + i.Version + " asks it for"
}
