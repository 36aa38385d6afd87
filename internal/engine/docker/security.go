package docker

import (
	"fmt"
	"slices"

	"github.com/ferry-project/ferry/internal/engine"
)

const admin = "SYS_ADMIN"

// securityOptions returns what is taken from a node beside its capabilities.
// Nothing it runs gains rights by a setuid file. A sealed node may mount, which
// Docker's AppArmor profile forbids, and so do SELinux's rules for containers; hosts
// without them ignore the words. Where SYS_ADMIN is for something else, the calls that mount or enter are refused.
func securityOptions(s engine.Spec) ([]string, error) {
	options := []string{"no-new-privileges:true"}
	switch {
	case s.Sealed:
		return append(options, "apparmor=unconfined", "label=disable"), nil
	case slices.Contains(s.Capabilities, admin):
		profile, err := unmounting()
		if err != nil {
			return nil, fmt.Errorf("system calls allowed to the node: %w", err)
		}
		return append(options, "seccomp="+profile), nil
	}
	return options, nil
}
