package docker

import (
	"encoding/json"
	"slices"

	"github.com/moby/profiles/seccomp"
	"github.com/opencontainers/runtime-spec/specs-go"
)

// unmounting returns Docker's own profile of system calls without those that it
// adds for SYS_ADMIN (mount, setns, unshare, bpf, …), and without the ioctls that
// freeze or shut down the file system a volume lies on, which is the host's.
func unmounting() (string, error) {
	p := seccomp.DefaultProfile()
	p.Syscalls = slices.DeleteFunc(p.Syscalls, func(c *seccomp.Syscall) bool {
		return c.Includes != nil && slices.Contains(c.Includes.Caps, "CAP_"+admin)
	})
	for _, c := range p.Syscalls {
		c.Names = slices.DeleteFunc(slices.Clone(c.Names), func(n string) bool { return n == "ioctl" })
		if c.Excludes != nil {
			c.Excludes.Caps = slices.DeleteFunc(c.Excludes.Caps, func(n string) bool { return n == "CAP_"+admin })
		}
	}
	p.Syscalls = slices.DeleteFunc(p.Syscalls, func(c *seccomp.Syscall) bool { return len(c.Names) == 0 })
	p.Syscalls = append(p.Syscalls, harmlessIoctls()...)
	text, err := json.Marshal(p)
	return string(text), err
}

// fileSystemIoctls is the type, the second byte, of FIFREEZE, FITHAW, FITRIM and
// FS_IOC_SHUTDOWN.
const fileSystemIoctls = 'X'

// harmlessIoctls allows every ioctl of another type: one rule for each bit in which
// the type may differ, because rules only know "equal".
func harmlessIoctls() []*seccomp.Syscall {
	var rules []*seccomp.Syscall
	for bit := uint64(1) << 8; bit < 1<<16; bit <<= 1 {
		other := ^uint64(fileSystemIoctls<<8) & bit
		rules = append(rules, &seccomp.Syscall{LinuxSyscall: specs.LinuxSyscall{
			Names: []string{"ioctl"}, Action: specs.ActAllow,
			Args: []specs.LinuxSeccompArg{{Index: 1, Value: bit, ValueTwo: other, Op: specs.OpMaskedEqual}},
		}})
	}
	return rules
}
