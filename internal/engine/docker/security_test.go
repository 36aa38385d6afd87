package docker

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"github.com/moby/profiles/seccomp"

	"github.com/ferry-project/ferry/internal/engine"
)

func TestSecurityOptions(t *testing.T) {
	for name, c := range map[string]struct {
		spec engine.Spec
		want []string // words that an option begins with, in order
	}{
		"a node of jobs": {engine.Spec{}, []string{"no-new-privileges:true"}},
		"a brick":        {engine.Spec{Capabilities: []string{"FSETID", "SYS_ADMIN"}}, []string{"no-new-privileges:true", "seccomp={"}},
		"a sealed node":  {engine.Spec{Capabilities: []string{"SYS_ADMIN"}, Sealed: true}, []string{"no-new-privileges:true", "apparmor=unconfined", "label=disable"}},
	} {
		got, err := securityOptions(c.spec)
		if err != nil {
			t.Fatal(err)
		}
		same := slices.EqualFunc(got, c.want, strings.HasPrefix)
		if !same {
			t.Errorf("%s: %v, want %v", name, got, c.want)
		}
	}
}

// What SYS_ADMIN adds to Docker's profile must be gone, and everything else be there.
func TestUnmounting(t *testing.T) {
	text, err := unmounting()
	if err != nil {
		t.Fatal(err)
	}
	var p seccomp.Seccomp
	if err := json.Unmarshal([]byte(text), &p); err != nil {
		t.Fatal(err)
	}
	rules := map[string][]*seccomp.Syscall{}
	for _, c := range p.Syscalls {
		if c.Includes != nil && len(c.Includes.Caps) > 0 {
			continue // for a capability that no node of Ferry has
		}
		for _, name := range c.Names {
			rules[name] = append(rules[name], c)
		}
	}
	for _, name := range []string{"mount", "umount2", "setns", "unshare", "bpf", "fsopen", "move_mount", "open_tree", "perf_event_open", "quotactl"} {
		if len(rules[name]) > 0 {
			t.Errorf("%s is allowed", name)
		}
	}
	for _, name := range []string{"read", "setxattr", "fork", "execve"} {
		if len(rules[name]) == 0 {
			t.Errorf("%s is not allowed", name)
		}
	}
	for _, c := range rules["clone"] {
		if len(c.Args) == 0 {
			t.Error("clone is allowed with every flag")
		}
	}
}

// The rules for ioctl know only "equal": together they must allow every type but one.
func TestHarmlessIoctls(t *testing.T) {
	allowed := func(command uint64) bool {
		return slices.ContainsFunc(harmlessIoctls(), func(c *seccomp.Syscall) bool {
			a := c.Args[0]
			return command&a.Value == a.ValueTwo
		})
	}
	for name, command := range map[string]uint64{"FIFREEZE": 0xC0045877, "FITHAW": 0xC0045878, "FITRIM": 0xC0185879, "FS_IOC_SHUTDOWN": 0x8004587D} {
		if allowed(command) {
			t.Errorf("%s is allowed", name)
		}
	}
	for kind := range uint64(256) {
		if kind != 'X' && !allowed(0xC0040001|kind<<8) {
			t.Errorf("ioctls of type %#x are refused", kind)
		}
	}
}
