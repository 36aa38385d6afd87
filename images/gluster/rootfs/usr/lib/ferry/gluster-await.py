"""gluster-await.py SECONDS BRICK SERVER...: waits until every server's glusterd knows
the port of its brick, asking as a mount would: a mount that asks too early misses
the brick for three seconds. Once a server has answered for its brick, the others
have SECONDS left: a volume works without some of its bricks. Without any it waits
for ever."""
import socket
import struct
import sys
import time

PORTMAP, VERSION, PORT_BY_BRICK = 34123456, 1, 1
CALL, REPLY = 0, 1


def read(conn, n):
    data = b""
    while len(data) < n:
        part = conn.recv(n - len(data))
        if not part:
            raise OSError("closed")
        data += part
    return data


def registered(server, brick):
    """One call of SunRPC with an empty credential; the answer is op_ret first.
    glusterd tells every connection of changed volumes in between, in calls of its own."""
    name = brick.encode()
    body = struct.pack(">10I", 1, CALL, 2, PORTMAP, VERSION, PORT_BY_BRICK, 0, 0, 0, 0)
    body += struct.pack(">I", len(name)) + name + b"\0" * (-len(name) % 4)
    try:
        with socket.create_connection((server, 24007), timeout=1) as conn:
            conn.sendall(struct.pack(">I", 0x80000000 | len(body)) + body)
            while True:
                (size,) = struct.unpack(">I", read(conn, 4))
                answer = read(conn, size & 0x7FFFFFFF)
                if struct.unpack(">2I", answer[:8]) == (1, REPLY):
                    return len(answer) >= 28 and struct.unpack(">i", answer[24:28]) == (0,)
    except (OSError, struct.error):
        return False


def main():
    patience, brick, waiting = float(sys.argv[1]), sys.argv[2], sys.argv[3:]
    end = None
    while waiting and (end is None or time.monotonic() < end):
        left = [s for s in waiting if not registered(s, brick)]
        if len(left) < len(waiting) and end is None:
            end = time.monotonic() + patience
        waiting = left
        if waiting:
            time.sleep(0.05)


main()
