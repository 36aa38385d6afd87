"""gluster-share.py DIR SOCKET: hands the Gluster mount at DIR to other nodes. Root of
a node connects to SOCKET and sends its mount namespace as a file descriptor; the
mount then appears at DIR of that node, and the connection stays open for as long as
it is good. When Gluster's client here has died, all connections are closed: whoever
still wants the mount asks again. Nobody chooses where it appears or what it is."""
import array
import ctypes
import os
import select
import socket
import struct
import sys

LIBC = ctypes.CDLL(None, use_errno=True)
OPEN_TREE, MOVE_MOUNT, OPENAT2 = 428, 429, 437  # the same on all architectures
AT_FDCWD = -100
CLONE_NEWNS = 0x20000
OPEN_TREE_CLONE = 1
FROM_FD, TO_FD = 0x04, 0x40  # the paths of move_mount are those of its descriptors
DETACH, NOFOLLOW = 2, 8  # of umount2
NO_LINKS = 0x04 | 0x02  # RESOLVE_NO_SYMLINKS, RESOLVE_NO_MAGICLINKS
MOST = 512  # connections


def check(result, doing):
    if result < 0:
        code = ctypes.get_errno()
        raise OSError(code, f"{doing}: {os.strerror(code)}")
    return result


def folder(at, path):
    """Opens a folder of the node that has been entered, along no link: root there may
    have made one."""
    how = struct.pack("QQQ", os.O_PATH | os.O_DIRECTORY | os.O_CLOEXEC, 0, NO_LINKS)
    return check(LIBC.syscall(OPENAT2, at, path.encode(), how, len(how)), f"open {path}")


def hand_over(namespace, path):
    """Runs in a process of its own, as there is no way back. Modules are not loaded any
    more from here on: they would be the node's."""
    tree = check(LIBC.syscall(OPEN_TREE, AT_FDCWD, path.encode(), OPEN_TREE_CLONE | os.O_CLOEXEC), f"take {path}")
    check(LIBC.setns(namespace, CLONE_NEWNS), "enter the node")
    above, name = os.path.split(path)
    os.fchdir(folder(AT_FDCWD, above))
    for _ in range(16):  # what earlier lives have left
        if LIBC.umount2(name.encode(), DETACH | NOFOLLOW) < 0:
            break
    place = folder(AT_FDCWD, name)
    check(LIBC.syscall(MOVE_MOUNT, tree, b"", place, b"", FROM_FD | TO_FD), f"mount at {path}")


def mount_of(path):
    """The number of the Gluster mount at path, or None."""
    found = None
    with open("/proc/self/mountinfo", encoding="utf-8", errors="replace") as f:
        for line in f:
            words = line.split()
            if words[4] == path and words[words.index("-") + 1] == "fuse.glusterfs":
                found = words[0]
    return found


class Share:
    def __init__(self, path, door):
        self.path = path
        self.asked, self.served = {}, {}  # connections by number; those asked hold a namespace or None
        self.mount = mount_of(path)
        os.chmod(os.path.dirname(door), 0o700)
        if os.path.lexists(door):
            os.unlink(door)
        os.umask(0o177)
        self.listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM | socket.SOCK_NONBLOCK)
        self.listener.bind(door)
        self.listener.listen(64)
        self.mounts = open("/proc/self/mountinfo", encoding="utf-8")
        self.poll = select.poll()
        self.poll.register(self.listener, select.POLLIN)
        self.poll.register(self.mounts, select.POLLPRI | select.POLLERR)

    def run(self):
        while True:
            for number, _ in self.poll.poll():
                if number == self.listener.fileno():
                    self.accept()
                elif number == self.mounts.fileno():
                    self.look()
                elif number in self.asked:
                    self.hear(number)
                elif number in self.served:
                    self.drop(self.served, number)

    def accept(self):
        try:
            conn, _ = self.listener.accept()
        except OSError:
            return
        _, uid, _ = struct.unpack("3i", conn.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, 12))
        if uid != 0 or len(self.asked) + len(self.served) >= MOST:
            conn.close()
            return
        conn.setblocking(False)
        self.asked[conn.fileno()] = (conn, None)
        self.poll.register(conn, select.POLLIN)

    def hear(self, number):
        """Takes the namespace; more of them, or the end, end the connection."""
        conn, namespace = self.asked[number]
        try:
            data, fds = receive(conn)
        except BlockingIOError:
            return
        except OSError:
            data, fds = b"", []
        if not data or len(fds) != 1 or namespace is not None:
            for fd in fds:
                os.close(fd)
            self.drop(self.asked, number)
            return
        self.asked[number] = (conn, fds[0])
        if self.mount:
            self.serve(number)

    def serve(self, number):
        conn, namespace = self.asked.pop(number)
        self.served[number] = (conn, None)
        child = os.fork()
        if child == 0:
            self.detach(conn, namespace)
        os.waitpid(child, 0)
        os.close(namespace)

    def detach(self, conn, namespace):
        """Has a grandchild do the work, which may wait for bricks: nobody waits for it."""
        if os.fork() == 0:
            try:
                hand_over(namespace, self.path)
                conn.send(b"mounted")
            except OSError as e:
                conn.send(e.strerror.encode() if e.strerror else b"failed")
        os._exit(0)

    def look(self):
        mount = mount_of(self.path)
        if mount == self.mount:
            return
        self.mount = mount
        for number in list(self.served):
            self.drop(self.served, number)
        if mount:
            for number in [n for n, (_, namespace) in self.asked.items() if namespace is not None]:
                self.serve(number)

    def drop(self, group, number):
        conn, namespace = group.pop(number)
        self.poll.unregister(number)
        if namespace is not None:
            os.close(namespace)
        try:
            conn.shutdown(socket.SHUT_RDWR)  # also where a child has it still
        except OSError:
            pass
        conn.close()


def receive(conn):
    """Reads one message and the descriptors that came with it, at most two."""
    fds = array.array("i")
    data, more, _, _ = conn.recvmsg(1, socket.CMSG_SPACE(2 * fds.itemsize))
    for level, kind, content in more:
        if level == socket.SOL_SOCKET and kind == socket.SCM_RIGHTS:
            fds.frombytes(content[: len(content) - len(content) % fds.itemsize])
    return data, list(fds)


Share(*sys.argv[1:3]).run()
