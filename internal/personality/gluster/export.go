package gluster

import (
	"fmt"
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
	set := map[string]string{
		"network.ping-timeout": defaultPing,
		"storage.owner-uid":    ferryOwner,
		"storage.owner-gid":    ferryOwner,
	}
	if t := v.request.Service.Args["ping-timeout"]; t != "" {
		set["network.ping-timeout"] = t
	}
	maps.Copy(set, v.request.Service.Config["volume"])
	var out []string
	for _, k := range slices.Sorted(maps.Keys(set)) {
		out = append(out, k+"="+set[k])
	}
	return append(out, v.layout.options...)
}

// mountPoint is /service/data for a stack's first volume, as the original had it.
func (v volume) mountPoint() string { return "/service/data" + v.suffix() }

// suffix tells a stack's further volumes apart by their first node.
func (v volume) suffix() string {
	if first := v.nodes[0].Name; first != name+"0" {
		return "-" + first
	}
	return ""
}

func (v volume) export() ferry.Export {
	head := v.nodes[0].Name
	e := ferry.Export{
		Values: map[string]string{
			"type": name, "ip": head, "gluster": head, "volume": v.name, "path": v.mountPoint(),
		},
		Attach: v.attachment(),
	}
	for _, m := range v.nodes {
		e.Nodes = append(e.Nodes, m.Name)
	}
	return e
}

// attachment is the FUSE mount. It waits by itself until every brick is known: a
// client that mounts earlier retries the missing brick only every 3 s, and until
// then the loss of one more brick stops it.
func (v volume) attachment() ferry.Attachment {
	mount := ferry.Process{
		Name:     "mount" + v.suffix(),
		Command:  []string{"/usr/lib/ferry/gluster-mount", v.name, v.mountPoint()},
		Restarts: 30,
	}
	for _, m := range v.nodes {
		mount.Command = append(mount.Command, m.Name)
	}
	return ferry.Attachment{
		Processes: []ferry.Process{mount},
		Capabilities: []ferry.Capability{
			{Name: "SYS_ADMIN", Why: "a FUSE mount of the Gluster volume is made in the node"},
		},
		Devices: []ferry.Capability{{Name: "/dev/fuse", Why: "the Gluster client is a FUSE file system"}},
		Probes:  []ferry.Probe{v.connected()},
	}
}

func (v volume) connected() ferry.Probe {
	return ferry.Probe{
		Name: "connected" + v.suffix(), Kind: ferry.ExecProbe,
		Command:     []string{"/usr/lib/ferry/gluster-connected", v.name, v.mountPoint(), strconv.Itoa(len(v.nodes))},
		Description: fmt.Sprintf("%s is mounted and sees all %d bricks", v.mountPoint(), len(v.nodes)),
		Hint:        "the kernel needs FUSE (/dev/fuse); the log of the process mount says more",
		Deadline:    time.Minute,
	}
}
