package fitness

import (
	"strings"
	"testing"

	"github.com/ferry-project/ferry"
	"github.com/ferry-project/ferry/internal/engine"
)

func TestFindings(t *testing.T) {
	for name, c := range map[string]struct {
		info  engine.Info
		found string // "": nothing
		lacks string
	}{
		"a usual Docker":       {engine.Info{Version: "20.10.24", Facts: engine.Facts{Product: "Docker", Runtime: "runc 1.1.5+ds1"}}, "", ""},
		"rootless":             {engine.Info{Facts: engine.Facts{Namespaced: "rootless"}}, "rootless: root in a node", "SYS_ADMIN"},
		"user namespaces":      {engine.Info{Facts: engine.Facts{Namespaced: "user namespaces"}}, "Gluster cannot work", "SYS_ADMIN"},
		"no limit of cores":    {engine.Info{Facts: engine.Facts{NoCPULimit: true}}, "limit the cores", ferry.LackCPUs},
		"no limit of memory":   {engine.Info{Facts: engine.Facts{NoMemoryLimit: true}}, "limit the memory", ferry.LackMemory},
		"a desktop":            {engine.Info{Facts: engine.Facts{Machine: "Docker Desktop"}}, "Docker Desktop: nodes share", ""},
		"SELinux":              {engine.Info{Facts: engine.Facts{SELinux: true}}, "SELinux confines", ""},
		"AppArmor":             {engine.Info{Facts: engine.Facts{AppArmor: true}}, "AppArmor confines", ""},
		"an old runc":          {engine.Info{Version: "29.5.1", Facts: engine.Facts{Runtime: "runc 1.1.15"}}, "runc 1.1.15 is older", ""},
		"a runc of the time":   {engine.Info{Version: "29.5.1", Facts: engine.Facts{Runtime: "runc v1.2.0-rc.1"}}, "", ""},
		"an old runc, not new": {engine.Info{Version: "28.5.2", Facts: engine.Facts{Runtime: "runc 1.1.15"}}, "", ""},
		"a runc of no version": {engine.Info{Version: "29.5.1", Facts: engine.Facts{Runtime: "runc deadbeef"}}, "", ""},
		"another runtime":      {engine.Info{Version: "29.5.1", Facts: engine.Facts{Runtime: "crun 1.0"}}, "", ""},
	} {
		t.Run(name, func(t *testing.T) {
			all := Findings(c.info)
			if c.found == "" {
				if len(all) > 0 {
					t.Errorf("found %+v", all)
				}
				return
			}
			if len(all) != 1 || !strings.Contains(all[0].Found, c.found) {
				t.Fatalf("found %+v, want %q", all, c.found)
			}
			lacks := Lacks(c.info)
			if c.lacks == "" && len(lacks) > 0 || c.lacks != "" && (len(lacks) != 1 || lacks[0].What != c.lacks || lacks[0].Hint == "") {
				t.Errorf("lacks %+v, want %q", lacks, c.lacks)
			}
		})
	}
}
