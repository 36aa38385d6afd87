package docker

import (
	"fmt"
	"maps"
	"math"
	"net/netip"
	"slices"
	"strconv"

	"github.com/moby/moby/api/types/container"
	"github.com/moby/moby/api/types/mount"
	"github.com/moby/moby/api/types/network"
	"github.com/moby/moby/client"

	"github.com/ferry-project/ferry"
	"github.com/ferry-project/ferry/internal/engine"
)

// createOptions puts a Spec into Docker's words. Nodes are never privileged.
func createOptions(s engine.Spec) (client.ContainerCreateOptions, error) {
	ports, exposed, err := publish(s.Ports)
	if err != nil {
		return client.ContainerCreateOptions{}, fmt.Errorf("create node %s: %w", s.Name, err)
	}
	networking, err := attach(s)
	if err != nil {
		return client.ContainerCreateOptions{}, fmt.Errorf("create node %s: %w", s.Name, err)
	}
	host, err := hostConfig(s)
	if err != nil {
		return client.ContainerCreateOptions{}, fmt.Errorf("create node %s: %w", s.Name, err)
	}
	host.PortBindings = ports
	return client.ContainerCreateOptions{
		Name: s.Name,
		Config: &container.Config{
			Hostname: s.Hostname, Image: s.Image, Env: environment(s.Env), Labels: s.Labels, ExposedPorts: exposed,
		},
		HostConfig:       host,
		NetworkingConfig: networking,
	}, nil
}

func hostConfig(s engine.Spec) (*container.HostConfig, error) {
	security, err := securityOptions(s)
	if err != nil {
		return nil, err
	}
	noInit := false // the image brings its own
	h := &container.HostConfig{
		CapDrop:       []string{"ALL"},
		CapAdd:        s.Capabilities,
		Init:          &noInit,
		NetworkMode:   container.NetworkMode(s.Network),
		RestartPolicy: container.RestartPolicy{Name: container.RestartPolicyDisabled},
		LogConfig:     container.LogConfig{Type: "json-file", Config: map[string]string{"max-size": "10m", "max-file": "3"}},
		Mounts:        mounts(s.Mounts),
		Tmpfs:         map[string]string{},
		SecurityOpt:   security,
		ShmSize:       s.Memory / 2, // as on any machine; 0: Docker's 64 MiB
		Resources: container.Resources{
			Memory: s.Memory, MemorySwap: s.Memory, NanoCPUs: int64(math.Round(s.CPUs * 1e9)), PidsLimit: limit(s.Processes),
		},
	}
	for _, path := range s.Tmpfs {
		// Docker's own default is noexec, which a machine's /tmp and /run are not.
		h.Tmpfs[path] = "exec"
	}
	for _, d := range s.Devices {
		h.Devices = append(h.Devices, container.DeviceMapping{PathOnHost: d, PathInContainer: d, CgroupPermissions: "rwm"})
	}
	return h, nil
}

func limit(processes int64) *int64 {
	if processes <= 0 {
		return nil
	}
	return &processes
}

func mounts(ms []engine.Mount) []mount.Mount {
	var out []mount.Mount
	for _, m := range ms {
		out = append(out, mount.Mount{Type: mount.TypeVolume, Source: m.Volume, Target: m.Path, ReadOnly: m.ReadOnly})
	}
	return out
}

// attach connects the node to its network, with its address and host name there.
func attach(s engine.Spec) (*network.NetworkingConfig, error) {
	if s.Network == "" {
		return nil, nil
	}
	end := &network.EndpointSettings{}
	if s.Hostname != "" {
		end.Aliases = []string{s.Hostname}
	}
	if s.Address != "" {
		ip, err := netip.ParseAddr(s.Address)
		if err != nil {
			return nil, err
		}
		end.IPAMConfig = &network.EndpointIPAMConfig{IPv4Address: ip}
	}
	return &network.NetworkingConfig{EndpointsConfig: map[string]*network.EndpointSettings{s.Network: end}}, nil
}

// publish binds the ports with a host port, to this machine alone by default.
func publish(ports []ferry.Port) (network.PortMap, network.PortSet, error) {
	bound, exposed := network.PortMap{}, network.PortSet{}
	for _, p := range ports {
		inner, err := network.ParsePort(strconv.Itoa(p.Container))
		if err != nil {
			return nil, nil, err
		}
		exposed[inner] = struct{}{}
		if p.Host <= 0 {
			continue
		}
		on := netip.AddrFrom4([4]byte{127, 0, 0, 1})
		if p.Address != "" {
			if on, err = netip.ParseAddr(p.Address); err != nil {
				return nil, nil, err
			}
		}
		bound[inner] = append(bound[inner], network.PortBinding{HostIP: on, HostPort: strconv.Itoa(p.Host)})
	}
	return bound, exposed, nil
}

func environment(env map[string]string) []string {
	var out []string
	for _, k := range slices.Sorted(maps.Keys(env)) {
		out = append(out, k+"="+env[k])
	}
	return out
}
