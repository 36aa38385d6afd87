package gluster

import (
	"fmt"
	"strconv"
	"time"

	"github.com/ferry-project/ferry"
)

// doors is the volume with the socket at which the mount is asked for.
const doors = "doors"

// doorDir is where it is in every node that has to do with this volume.
func (v volume) doorDir() string { return "/service/mount" + v.suffix() }

func (v volume) door() string { return v.doorDir() + "/socket" }

// mounter is the node that mounts the volume and hands the mount to the others.
// One client of the volume for all of them has one cache: what one node wrote the
// next one reads, and a lock or a mapped page is the same one everywhere. And no
// node in which jobs run needs the right to mount.
func (v volume) mounter() ferry.NodeBlueprint {
	mount := ferry.Process{
		Name:     "mount",
		Command:  []string{"/usr/lib/ferry/gluster-mount", v.name, v.mountPoint()},
		Restarts: 30,
	}
	mount.Command = append(mount.Command, v.servers...)
	share := ferry.Process{
		Name:    "share",
		Command: []string{"python3", "-I", "-S", "/usr/lib/ferry/gluster-share.py", v.mountPoint(), v.door()},
	}
	return ferry.NodeBlueprint{
		Name: v.mount.Name, Role: v.mount.Role, Image: name, Sealed: true,
		Processes: []ferry.Process{mount, share},
		Volumes:   []ferry.Volume{{Name: doors, Path: v.doorDir(), Scratch: true}},
		Capabilities: []ferry.Capability{
			{Name: "SYS_ADMIN", Why: "it mounts the Gluster volume, here and in the nodes that ask for it"},
			{Name: "SYS_CHROOT", Why: "it enters the file trees of those nodes"},
		},
		Devices: []ferry.Capability{{Name: "/dev/fuse", Why: "the Gluster client is a FUSE file system"}},
	}
}

// attachment is the process that asks for the mount. A client that mounts before
// every brick is known retries the missing one only every 3 s, and until then the
// loss of one more brick stops it: so the probe counts the bricks.
func (v volume) attachment() ferry.Attachment {
	return ferry.Attachment{
		Processes: []ferry.Process{{
			Name:    "mount" + v.suffix(),
			Command: []string{"python3", "-I", "-S", "/usr/lib/ferry/gluster-attach.py", v.mountPoint(), v.door()},
		}},
		Volumes: []ferry.Volume{{Name: doors, Path: v.doorDir(), Of: v.mount.Name, ReadOnly: true, Scratch: true}},
		Probes:  []ferry.Probe{v.connected()},
	}
}

func (v volume) connected() ferry.Probe {
	return ferry.Probe{
		Name:        "connected" + v.suffix(),
		Command:     []string{"/usr/lib/ferry/gluster-connected", v.name, v.mountPoint(), strconv.Itoa(len(v.bricks))},
		Description: fmt.Sprintf("%s is mounted and sees all %d bricks", v.mountPoint(), len(v.bricks)),
		Hint:        fmt.Sprintf("the kernel needs FUSE (/dev/fuse); the log of %s says more", v.mount.Name),
		Deadline:    time.Minute,
	}
}
