package gluster

import (
	"maps"
	"slices"
	"strconv"
	"time"

	"github.com/ferry-project/ferry"
)

// defaultPing is seconds until a brick that says nothing is given up. Gluster's
// own 42 blocks every write of a client for as long.
const defaultPing = "5"

// options of the volume, as key=value; the user's own win.
func (v volume) options() []string {
	set := v.settings()
	var out []string
	for _, k := range slices.Sorted(maps.Keys(set)) {
		out = append(out, k+"="+set[k])
	}
	return append(out, v.layout.options...)
}

func (v volume) settings() map[string]string {
	set := map[string]string{
		"network.ping-timeout": defaultPing,
		"storage.owner-uid":    ferryOwner,
		"storage.owner-gid":    ferryOwner,
		// A file that is closed has been written to the bricks, or the writer gets the error.
		"performance.flush-behind": "off",
		// The bricks listen where every user of this machine can reach them.
		"auth.allow": v.mount.Name,
	}
	if t := v.request.Service.Args["ping-timeout"]; t != "" {
		set["network.ping-timeout"] = t
	}
	maps.Copy(set, v.request.Service.Config["volume"])
	return set
}

// mountPoint is /service/data for a stack's first volume, as the original had it.
func (v volume) mountPoint() string { return "/service/data" + v.suffix() }

// suffix tells a stack's further volumes apart by their first node.
func (v volume) suffix() string {
	if first := v.bricks[0].Name; first != name+"0" {
		return "-" + first
	}
	return ""
}

func (v volume) export() ferry.Export {
	head := v.bricks[0].Name
	e := ferry.Export{
		Values: map[string]string{
			"type": name, "ip": head, "gluster": head, "volume": v.name, "path": v.mountPoint(),
		},
		Attach: v.attachment(),
	}
	for _, m := range v.bricks {
		e.Nodes = append(e.Nodes, m.Name)
	}
	return e
}

// maxFreeze is well below the time after which clients give up a brick that does not
// answer; 0 where they never do.
func (v volume) maxFreeze() time.Duration {
	seconds, err := strconv.Atoi(v.settings()["network.ping-timeout"])
	if err != nil {
		return 0
	}
	return time.Duration(seconds) * time.Second * 7 / 10
}
