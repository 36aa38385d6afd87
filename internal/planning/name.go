package planning

import (
	"regexp"
	"strings"

	"github.com/ferry-project/ferry"
	"github.com/ferry-project/ferry/internal/app"
)

var namePattern = regexp.MustCompile(`^[a-z][a-z0-9-]{0,39}$`)

// ValidName returns a fault for a name that would be taken for something else on the command
// line, and should read well in a table.
func ValidName(name string) error {
	if name == "" {
		return nil
	}
	if !namePattern.MatchString(name) {
		return ferry.Errorf(ferry.Invalid, "%q is no name for a stack", name).
			WithHint("lower-case letters, digits and hyphens, at most 40, a letter first")
	}
	if strings.HasPrefix(name, "sa-") || strings.HasPrefix(name, "se-") {
		return ferry.Errorf(ferry.Invalid, "the name %q looks like an id", name)
	}
	if _, ok := app.Builtin(name); ok {
		return ferry.Errorf(ferry.Invalid, "%q is the name of a built-in application", name).
			WithHint("ferry start %s would start a new one; choose another name, such as my-%s", name, name)
	}
	return nil
}
