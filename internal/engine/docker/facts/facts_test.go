package facts

import (
	"encoding/json"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/moby/moby/api/types/system"

	"github.com/ferry-project/ferry/internal/engine"
)

// What engines answered to GET /info on 2026-11-25, as far as it is read; Docker Desktop's
// and SELinux's are of their documentation.
func TestFacts(t *testing.T) {
	const whole = `"CpuCfsQuota":true,"MemoryLimit":true,`
	for name, c := range map[string]struct {
		info string
		want engine.Facts
	}{
		"Docker 20.10": {
			`{` + whole + `"SecurityOptions":["name=seccomp,profile=default"],"DefaultRuntime":"runc","RuncCommit":{"ID":"1.1.5+ds1-1+deb12u1"},"OperatingSystem":"Debian GNU/Linux 12 (bookworm)"}`,
			engine.Facts{Runtime: "runc 1.1.5+ds1-1+deb12u1"},
		},
		"rootless Docker": {
			`{"SecurityOptions":["name=seccomp,profile=builtin","name=rootless"],"DefaultRuntime":"runc"}`,
			engine.Facts{Namespaced: "rootless", NoCPULimit: true, NoMemoryLimit: true},
		},
		"user namespaces": {`{` + whole + `"SecurityOptions":["name=userns"]}`, engine.Facts{Namespaced: "user namespaces"}},
		"nftables":        {`{` + whole + `"FirewallBackend":{"Driver":"nftables"},"Architecture":"aarch64"}`, engine.Facts{Firewall: "nftables", Arch: "aarch64"}},
		"Docker Desktop":  {`{` + whole + `"OperatingSystem":"Docker Desktop"}`, engine.Facts{Machine: "Docker Desktop"}},
		"Fedora":          {`{` + whole + `"SecurityOptions":["name=seccomp,profile=builtin","name=selinux"],"DefaultRuntime":"crun"}`, engine.Facts{SELinux: true}},
		"Ubuntu":          {`{` + whole + `"SecurityOptions":["name=apparmor"]}`, engine.Facts{AppArmor: true}},
	} {
		t.Run(name, func(t *testing.T) {
			var i system.Info
			if err := json.Unmarshal([]byte(c.info), &i); err != nil {
				t.Fatal(err)
			}
			if d := cmp.Diff(c.want, Of(i)); d != "" {
				t.Error(d)
			}
		})
	}
}
