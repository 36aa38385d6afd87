"""attack.py: tries from inside a node what leads to its root and from there to the host.
Prints "broken: STEP" for each step that works, at last "held N". Nothing is written to
where a write would have an effect on the host: an open file for writing is enough."""
import ctypes
import glob
import os
import socket
import struct
import subprocess
import tempfile

LIBC = ctypes.CDLL(None, use_errno=True)
ROOT = os.getuid() == 0
tried = []


def step(name, works):
    tried.append(name)
    try:
        broken = works()
    except (OSError, subprocess.SubprocessError, ValueError):
        broken = False
    if broken:
        print("broken:", name, flush=True)


def call(number, *args):
    if LIBC.syscall(number, *args) < 0:
        raise OSError(ctypes.get_errno(), "refused")
    return True


def can_open(path, how=os.O_WRONLY):
    os.close(os.open(path, how))
    return True


def mount(kind, source="none", flags=0, data=None):
    place = tempfile.mkdtemp()
    if LIBC.mount(source.encode(), place.encode(), kind.encode(), flags, data) < 0:
        raise OSError(ctypes.get_errno(), "refused")
    LIBC.umount2(place.encode(), 2)
    return True


def remount(path):
    return LIBC.mount(None, path.encode(), None, 32 | 4096, None) == 0  # MS_REMOUNT | MS_BIND, without MS_RDONLY


def node(kind, major, minor):
    path = os.path.join(tempfile.mkdtemp(), "device")
    os.mknod(path, kind | 0o600, os.makedev(major, minor))
    return can_open(path, os.O_RDONLY)


def replace(path):
    """Puts a link in the place of what root opens by name."""
    os.rename(path, path + ".away")
    os.rename(path + ".away", path)
    return True


def run(*command):
    return subprocess.run(command, check=False, capture_output=True, timeout=20).returncode == 0


def status(field):
    with open("/proc/self/status", encoding="utf-8") as f:
        return next(line.split()[1] for line in f if line.startswith(field + ":"))


def mounts():
    for kind in ("tmpfs", "proc", "sysfs", "cgroup2", "debugfs", "tracefs", "securityfs", "bpf", "devtmpfs", "mqueue", "binfmt_misc", "ramfs"):
        step("mount " + kind, lambda k=kind: mount(k))
    step("mount a cgroup hierarchy", lambda: mount("cgroup", "cgroup", 0, b"memory"))
    step("mount another cgroup hierarchy", lambda: mount("cgroup", "cgroup", 0, b"rdma"))
    step("mount an overlay", lambda: mount("overlay", "overlay", 0, b"lowerdir=/etc:/usr"))
    step("bind a folder", lambda: mount("none", "/etc", 4096))
    for path in ("/proc/sys", "/sys", "/sys/fs/cgroup", "/proc/sysrq-trigger", "/service/data"):
        step("remount " + path, lambda p=path: remount(p))
    step("take a mount away", lambda: LIBC.umount2(b"/proc/sys", 2) == 0)
    step("open a file system", lambda: call(430, b"tmpfs", 0))
    step("clone a mount", lambda: call(428, -100, b"/", 1))
    step("pivot", lambda: call(155, b"/tmp", b"/tmp"))


def namespaces():
    for name, flag in (("mounts", 0x20000), ("a user", 0x10000000), ("processes", 0x20000000), ("cgroups", 0x2000000)):
        step("a namespace of " + name, lambda f=flag: run("python3", "-c", f"import ctypes,sys;sys.exit(ctypes.CDLL(None).unshare({f})!=0)"))
    if ROOT:
        step("enter a namespace again", lambda: LIBC.setns(os.open("/proc/1/ns/mnt", os.O_RDONLY), 0) == 0)


def host_files():
    for path in ("/proc/sys/kernel/core_pattern", "/proc/sys/kernel/modprobe", "/proc/sys/kernel/hotplug", "/proc/sysrq-trigger",
                 "/proc/sys/vm/panic_on_oom", "/sys/kernel/uevent_helper", "/sys/kernel/mm/transparent_hugepage/enabled",
                 "/sys/fs/cgroup/cgroup.procs", "/proc/sys/fs/binfmt_misc/register"):
        step("write " + path, lambda p=path: can_open(p))
    for path in ("/proc/kcore", "/proc/kmsg", "/dev/mem", "/dev/kmsg", "/dev/port"):
        step("read " + path, lambda p=path: can_open(p, os.O_RDONLY) and bool(os.read(os.open(p, os.O_RDONLY), 1)))
    for path in glob.glob("/sys/fs/cgroup/**/release_agent", recursive=True) + glob.glob("/sys/fs/cgroup/*/notify_on_release"):
        step("write " + path, lambda p=path: can_open(p))
    step("make a cgroup", lambda: os.mkdir("/sys/fs/cgroup/memory/escape") is None)


def devices():
    for name, kind, major, minor in (("the disk", 0o060000, 254, 0), ("a SCSI disk", 0o060000, 8, 0), ("the memory", 0o020000, 1, 1),
                                     ("kernel messages", 0o020000, 1, 11), ("FUSE", 0o020000, 10, 229), ("a loop", 0o060000, 7, 0)):
        step("a device node of " + name, lambda k=kind, a=major, i=minor: node(k, a, i))
    for path in glob.glob("/dev/*"):
        if os.path.basename(path) not in ("null", "zero", "full", "random", "urandom", "tty", "console", "ptmx") and not os.path.isdir(path):
            step("open " + path, lambda p=path: not os.path.realpath(p).startswith("/proc/") and can_open(p, os.O_RDONLY))


def kernel():
    step("load a program into the kernel", lambda: call(321, 0, b"\0" * 128, 128))
    step("trace the kernel", lambda: call(298, struct.pack("IIQQQQQ", 1, 112, 0, 0, 0, 0, 0) + b"\0" * 64, -1, 0, -1, 0))
    step("load a module", lambda: call(175, b"", 0, b""))
    step("another kernel", lambda: call(246, 0, 0, 0, 0))
    step("open by handle", lambda: call(304, -100, struct.pack("II", 8, 1) + b"\2\0\0\0\0\0\0\0", 0))
    step("swap", lambda: call(167, b"/tmp/x", 0))
    step("freeze the file system", lambda: LIBC.ioctl(os.open("/service", os.O_RDONLY), ctypes.c_ulong(0xC0045877), 0) == 0)
    step("more rights by setuid files", lambda: status("NoNewPrivs") != "1")
    step("SYS_ADMIN, SYS_PTRACE, SYS_MODULE, SYS_RAWIO, MKNOD, NET_ADMIN or DAC_READ_SEARCH", lambda: bool(int(status("CapBnd"), 16) & 0x82B1004))
    step("more processes than are allowed", lambda: process_limit() is None)


def process_limit():
    for path in ("/sys/fs/cgroup/pids.max", "/sys/fs/cgroup/pids/pids.max"):
        if os.path.exists(path):
            with open(path, encoding="utf-8") as f:
                text = f.read().strip()
                return None if text == "max" else int(text)
    return None


def root_of_the_node():
    """What the user of the jobs could use to become root in the node."""
    names = glob.glob("/service/logs/*") + glob.glob("/service/conf/*") + glob.glob("/etc/ferry/*") + ["/service/conf", "/service/logs", "/etc/ld.so.preload"]
    for path in names + glob.glob("/service/mount*") + glob.glob("/run/service/*") + ["/service/data", "/usr/lib/ferry", "/etc/passwd"]:
        step("replace " + path, lambda p=path: replace(p))
    for path in glob.glob("/service/logs/*/current") + ["/etc/ld.so.preload", "/etc/passwd", "/usr/lib/ferry/init", "/etc/ferry/hosts", "/run/ferry/x"]:
        step("write " + path, lambda p=path: can_open(p, os.O_WRONLY | os.O_CREAT))
    for path in glob.glob("/service/conf/**", recursive=True) + glob.glob("/etc/ferry/**", recursive=True):
        step("make a file beside " + path, lambda p=path: os.path.isdir(p) and can_open(p + "/made", os.O_WRONLY | os.O_CREAT))
    step("become root by su", lambda: run("su", "-c", "true"))
    step("trace the init", lambda: LIBC.ptrace(0x4206, 1, 0, 0) == 0)  # PTRACE_SEIZE
    step("the init's memory", lambda: can_open("/proc/1/mem", os.O_RDWR))
    for door in glob.glob("/service/mount*/socket"):
        step("ask for a mount at " + door, lambda d=door: socket.socket(socket.AF_UNIX).connect(d) is None)


mounts()
namespaces()
host_files()
devices()
kernel()
if not ROOT:
    root_of_the_node()
print("held", len(tried))
