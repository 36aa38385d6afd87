package main

import (
	"archive/tar"
	"bytes"
	"context"
	"strconv"

	"github.com/ferry-project/ferry"
	"github.com/ferry-project/ferry/internal/secret"
	"github.com/ferry-project/ferry/internal/supervise"
)

// makeNetwork makes a plan's network.
func (a *rawAPI) makeNetwork(ctx context.Context, n ferry.Network) error {
	return a.post(ctx, "/networks/create", map[string]any{
		"Name": n.Name, "Driver": "bridge", "Labels": a.labels(),
		"IPAM": map[string]any{"Config": []map[string]string{{"Subnet": n.Subnet, "Gateway": n.Gateway}}},
	}, nil)
}

// makeNode makes and starts one node of a plan. The engine makes the volumes. What
// was asked for is waited for even when all is over: what the engine is just making
// can be neither found nor removed.
func (a *rawAPI) makeNode(ctx context.Context, network string, n ferry.Node, v secret.Values) error {
	if ctx.Err() != nil {
		return ctx.Err()
	}
	ctx = context.WithoutCancel(ctx)
	files, err := pack(n, v)
	if err != nil {
		return err
	}
	spec, err := create(network, n, v, a.labels())
	if err != nil {
		return err
	}
	if err := a.post(ctx, "/containers/create?name="+n.Container, spec, nil); err != nil {
		return err
	}
	if err := a.unpack(ctx, n.Container, files); err != nil {
		return err
	}
	return a.start(ctx, n.Container)
}

// create is the node in the engine's words, the same as Ferry's.
func create(network string, n ferry.Node, v secret.Values, label map[string]string) (map[string]any, error) {
	env, err := v.FillMap(n.Env)
	if err != nil {
		return nil, err
	}
	var vars []string
	for k, value := range env {
		vars = append(vars, k+"="+value)
	}
	host := map[string]any{
		"CapDrop": []string{"ALL"}, "CapAdd": named(n.Capabilities), "NetworkMode": network, "Init": false,
		"Memory": n.Resources.Memory, "MemorySwap": n.Resources.Memory, "Tmpfs": map[string]string{"/run": "exec"},
		"ShmSize": n.Resources.Memory / 2, "PidsLimit": n.Resources.Processes,
		"SecurityOpt": []string{"no-new-privileges:true", "apparmor=unconfined"},
		"LogConfig":   map[string]any{"Type": "json-file", "Config": map[string]string{"max-size": "10m", "max-file": "3"}},
	}
	var mounts, devices []map[string]any
	for _, vol := range n.Volumes {
		mounts = append(mounts, map[string]any{
			"Type": "volume", "Source": n.VolumeName(vol), "Target": vol.Path, "ReadOnly": vol.ReadOnly, "VolumeOptions": map[string]any{"Labels": label},
		})
	}
	for _, d := range named(n.Devices) {
		devices = append(devices, map[string]any{"PathOnHost": d, "PathInContainer": d, "CgroupPermissions": "rwm"})
	}
	host["Mounts"], host["Devices"] = mounts, devices
	return map[string]any{
		"Image": n.Ref, "Hostname": n.Name, "Env": vars, "Labels": label, "HostConfig": host,
		"NetworkingConfig": map[string]any{"EndpointsConfig": map[string]any{network: map[string]any{
			"Aliases": []string{n.Name}, "IPAMConfig": map[string]string{"IPv4Address": n.Address},
		}}},
	}, nil
}

func named(rights []ferry.Capability) []string {
	names := []string{}
	for _, r := range rights {
		names = append(names, r.Name)
	}
	return names
}

// pack makes one tar of a node's files, as Ferry does.
func pack(n ferry.Node, v secret.Values) ([]byte, error) {
	var out bytes.Buffer
	w := tar.NewWriter(&out)
	for _, f := range append(supervise.Files(n), n.Files...) {
		content, err := v.Fill(f.Content)
		if err != nil {
			return nil, err
		}
		owner := ownerOf(f.Owner)
		if err := write(w, f, content, owner); err != nil {
			return nil, err
		}
	}
	err := w.Close()
	return out.Bytes(), err
}

func write(w *tar.Writer, f ferry.File, content string, owner int) error {
	mode := int64(f.Mode)
	if mode == 0 {
		mode = 0o644
	}
	h := &tar.Header{Typeflag: tar.TypeReg, Name: f.Path[1:], Mode: mode, Uid: owner, Gid: owner, Size: int64(len(content))}
	if err := w.WriteHeader(h); err != nil {
		return err
	}
	_, err := w.Write([]byte(content))
	return err
}

func ownerOf(name string) int {
	if id, err := strconv.Atoi(name); err == nil {
		return id
	}
	if name == "ferry" {
		return 1000
	}
	return 0
}
