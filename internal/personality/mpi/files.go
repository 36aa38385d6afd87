package mpi

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/ferry-project/ferry"
)

// The folders are root's, so that no job can put a link in place of one that Ferry
// writes through; the keys in them are the user's.
const (
	sshDir     = "/service/conf/ssh/"
	sshdConfig = sshDir + "sshd_config"
	hostFile   = "/service/conf/openmpi/hosts"
	mcaFile    = "/etc/openmpi/openmpi-mca-params.conf"
)

// serverFiles let sshd run as the user that logs in.
func (c cluster) serverFiles() []ferry.File {
	return []ferry.File{
		{Path: sshdConfig, Content: fmt.Sprintf(`Port %d
HostKey %shost_key
PidFile none
UsePAM no
PasswordAuthentication no
KbdInteractiveAuthentication no
AuthorizedKeysFile %sauthorized_keys
SetEnv LANG=C.UTF-8
StrictModes yes
X11Forwarding no
PrintMotd no
MaxStartups 200
MaxSessions 200
`, sshPort, sshDir, sshDir)},
		{Path: sshDir + "host_key", Owner: user, Mode: 0o600, Content: ferry.SecretRef(c.hostKey(), "private")},
		{Path: sshDir + "authorized_keys", Content: ferry.SecretRef(c.userKey(), "public") + "\n"},
	}
}

// clientFiles are what starts a job: in every node, and in every connector. Every
// mpirun and every ssh reads them.
func (c cluster) clientFiles() []ferry.File {
	return []ferry.File{
		{Path: sshDir + "id_ed25519", Owner: user, Mode: 0o600, Content: ferry.SecretRef(c.userKey(), "private"), Live: true},
		{Path: sshDir + "known_hosts", Content: c.knownHosts(), Live: true},
		{Path: "/etc/ssh/ssh_config.d/ferry.conf", Content: c.sshConfig(), Live: true},
		{Path: hostFile, Content: c.hosts(), Live: true},
		{Path: mcaFile, Content: c.mca(), Live: true},
	}
}

func (c cluster) knownHosts() string {
	var b strings.Builder
	for _, m := range c.request.Nodes {
		fmt.Fprintf(&b, "[%s]:%d %s\n", m.Name, sshPort, ferry.SecretRef(c.hostKey(), "public"))
	}
	return b.String()
}

func (c cluster) sshConfig() string {
	var names []string
	for _, m := range c.request.Nodes {
		names = append(names, m.Name)
	}
	return fmt.Sprintf("Host %s\n  Port %d\n  User %s\n  IdentityFile %sid_ed25519\n  UserKnownHostsFile %sknown_hosts\n"+
		"  BatchMode yes\n  StrictHostKeyChecking yes\n  CheckHostIP no\n",
		strings.Join(names, " "), sshPort, user, sshDir, sshDir)
}

// hosts is the host file: the slots of every node.
func (c cluster) hosts() string {
	var b strings.Builder
	for _, m := range c.request.Nodes {
		fmt.Fprintf(&b, "%s slots=%d\n", m.Name, c.slots)
	}
	return b.String()
}

// mca are the settings that several nodes on one machine need. Measured on two
// cores: without binding off every "host" pins its ranks to core 0 (4.1 ms
// instead of 15-30 µs a message); without yielding an 8 MB allreduce of six ranks
// takes 1945 ms instead of 37.
func (c cluster) mca() string {
	set := map[string]string{
		"hwloc_base_binding_policy":       "none",
		"mpi_yield_when_idle":             "1",
		"btl_vader_single_copy_mechanism": "none", // the default seccomp profile denies process_vm_readv
		"btl_tcp_if_include":              "eth0",
		"oob_tcp_if_include":              "eth0",
		"rmaps_base_oversubscribe":        "1",
		"orte_default_hostfile":           hostFile,
		// what Debian's own file sets, which this one replaces, but for pt2pt: it is
		// the only component that makes a window over TCP
		"btl": "^uct,openib,ofi", "pml": "^ucx", "osc": "^ucx", "mtl": "^ofi",
	}
	maps.Copy(set, c.request.Service.Config["mca"])
	var b strings.Builder
	for _, k := range slices.Sorted(maps.Keys(set)) {
		fmt.Fprintf(&b, "%s = %s\n", k, set[k])
	}
	return b.String()
}
