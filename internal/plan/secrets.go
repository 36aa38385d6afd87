package plan

import (
	"fmt"
	"maps"
	"slices"

	"github.com/ferry-project/ferry"
)

// openSecrets refuses secrets in environments: `docker inspect` and /proc show them.
// A user's env can hold a reference too, written by hand.
func openSecrets(p *ferry.Plan) error {
	var faults ferry.Faults
	for _, n := range p.Nodes {
		s, _ := p.Service(n.Service)
		for _, key := range slices.Sorted(maps.Keys(n.Env)) {
			if !ferry.HoldsSecret(n.Env[key]) {
				continue
			}
			if _, asked := s.Spec.Env[key]; !asked {
				return fmt.Errorf("personality %s: %s of %s would be a secret in an environment", s.Spec.Personality, key, n.Name)
			}
			faults = append(faults, ferry.Fault{
				Path: s.Spec.Path + ".env." + key, Message: "a secret in an environment could be read by others",
				Hint: "the client has it in the file that BACKEND_STORAGE_PASSWORD_FILE names",
			})
		}
	}
	return faults.OrNil()
}
