"""gluster-attach.py DIR SOCKET: asks the node that mounts the Gluster volume to put the
mount at DIR of this one, which may not mount anything itself, and asks again whenever
that mount has ended. What keeps it from being there is printed."""
import os
import socket
import sys
import time


def main():
    path, door = sys.argv[1:]
    os.makedirs(path, exist_ok=True)
    said = None
    while True:
        answer = attach(door)
        if answer != said:
            print(answer, flush=True)
        said = answer
        time.sleep(0.05)


def attach(door):
    """Returns why the mount is not there, or that it was there and has ended."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as conn:
        try:
            conn.connect(door)
            namespace = os.open("/proc/self/ns/mnt", os.O_RDONLY | os.O_CLOEXEC)
            socket.send_fds(conn, [b"m"], [namespace])
            os.close(namespace)
            answer = conn.recv(1000)
            if answer != b"mounted":
                time.sleep(1)
                return "not mounted: " + (answer.decode(errors="replace") or "the volume is not there yet")
            print("mounted", flush=True)
            conn.recv(1)
            return "the mount has ended, asking again"
        except OSError as e:
            return f"waiting for {door}: {e.strerror}"


main()
