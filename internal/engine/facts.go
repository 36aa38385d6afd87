package engine

// Facts are what an engine says of itself and its machine that decides what its nodes can
// do. What follows from them is in package fitness.
type Facts struct {
	Product string // "Docker", "Podman"; "": not known
	Runtime string // "runc 1.1.5"; "": not known
	Arch    string // of the machine: "x86_64"
	// Namespaced says why root in a node is somebody else on the machine: "rootless",
	// "user namespaces"; "": it is root.
	Namespaced string
	// Machine is the virtual machine that the engine is in, "Docker Desktop"; "": none known.
	Machine  string
	Firewall string // "nftables", "iptables"; "": not known
	SELinux  bool
	AppArmor bool
	// What the machine's control groups cannot do.
	NoCPULimit, NoMemoryLimit bool
}
