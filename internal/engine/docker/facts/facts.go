// Package facts reads what decides over what nodes can do out of an engine's own words.
package facts

import (
	"context"
	"runtime"
	"slices"
	"strings"
	"sync/atomic"

	"github.com/moby/moby/api/types/system"
	"github.com/moby/moby/client"

	"github.com/ferry-project/ferry/internal/engine"
)

// Of reads them out of an answer to GET /info.
func Of(i system.Info) engine.Facts {
	return engine.Facts{
		Arch: i.Architecture, Namespaced: namespaced(i), Machine: machineOf(i), Firewall: firewall(i),
		SELinux: secured(i, "selinux"), AppArmor: secured(i, "apparmor"),
		NoCPULimit: !i.CPUCfsQuota, NoMemoryLimit: !i.MemoryLimit, Runtime: runtimeOf(i),
	}
}

// secured reports whether a security option is on: "name=seccomp,profile=default" is one.
func secured(i system.Info, name string) bool {
	return slices.ContainsFunc(i.SecurityOptions, func(o string) bool {
		first, _, _ := strings.Cut(o, ",")
		return first == "name="+name || first == name
	})
}

func namespaced(i system.Info) string {
	switch {
	case secured(i, "rootless"):
		return "rootless"
	case secured(i, "userns"):
		return "user namespaces"
	}
	return ""
}

// machineOf names the products that bring a virtual machine along, and any other machine
// whose engine this one, which runs no Linux, reaches by a socket.
func machineOf(i system.Info) string {
	switch {
	case strings.Contains(i.OperatingSystem, "Docker Desktop"):
		return "Docker Desktop"
	case runtime.GOOS != "linux":
		return i.OperatingSystem
	}
	return ""
}

func firewall(i system.Info) string {
	if i.FirewallBackend == nil {
		return ""
	}
	return strings.TrimSuffix(i.FirewallBackend.Driver, "+firewalld")
}

func runtimeOf(i system.Info) string {
	if i.DefaultRuntime != "runc" || i.RuncCommit.ID == "" {
		return ""
	}
	return "runc " + i.RuncCommit.ID
}

// Product is what an engine is called, which is asked for once.
type Product struct{ known atomic.Pointer[string] }

// Of asks an engine that has not been asked yet.
func (p *Product) Of(ctx context.Context, cli *client.Client) string {
	if known := p.known.Load(); known != nil {
		return *known
	}
	name := product(ctx, cli)
	p.known.Store(&name)
	return name
}

// product asks an engine that speaks Docker's API what it really is. One that does not
// say is taken for Docker.
func product(ctx context.Context, cli *client.Client) string {
	v, err := cli.ServerVersion(ctx, client.ServerVersionOptions{})
	if err != nil || len(v.Components) == 0 {
		return "Docker"
	}
	if strings.HasPrefix(v.Components[0].Name, "Podman") {
		return "Podman"
	}
	return "Docker"
}
