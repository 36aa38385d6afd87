"""hive-query.py HOST PORT USER: waits until HiveServer2 answers `select 1`, over Thrift
as its clients do, without a JVM. What it waits for is printed."""
import socket
import struct
import sys
import time

BOOL, BYTE, DOUBLE, I16, I32, I64, STRING, STRUCT, MAP, SET, LIST = 2, 3, 4, 6, 8, 10, 11, 12, 13, 14, 15
FIXED = {BOOL: "?", BYTE: "b", DOUBLE: "d", I16: "h", I32: "i", I64: "q"}


def write(kind, value):
    """A value of Thrift's binary protocol; a struct is a list of (id, type, value)."""
    if kind == STRING:
        data = value.encode() if isinstance(value, str) else value
        return struct.pack(">i", len(data)) + data
    if kind == STRUCT:
        return b"".join(struct.pack(">bh", k, i) + write(k, v) for i, k, v in value) + b"\0"
    return struct.pack(">" + FIXED[kind], value)


class Answer:
    def __init__(self, data):
        self.data, self.at = data, 0

    def take(self, form):
        values = struct.unpack_from(form, self.data, self.at)
        self.at += struct.calcsize(form)
        return values[0] if len(values) == 1 else values

    def read(self, kind):
        if kind == STRING:
            return self.take(f"{self.take('>i')}s")
        if kind == STRUCT:
            fields = {}
            while (k := self.take(">b")) != 0:
                i = self.take(">h")
                fields[i] = self.read(k)
            return fields
        if kind in (LIST, SET):
            k, n = self.take(">bi")
            return [self.read(k) for _ in range(n)]
        if kind == MAP:
            k, v, n = self.take(">bbi")
            return [(self.read(k), self.read(v)) for _ in range(n)]
        return self.take(">" + FIXED[kind])


class Session:
    def __init__(self, host, port, user):
        self.conn = socket.create_connection((host, port), timeout=60)
        self.sasl(1, b"PLAIN")
        self.sasl(2, f"\0{user}\0-".encode())
        status, size = struct.unpack(">bi", self.exactly(5))
        said = self.exactly(size)
        if status != 5:
            raise OSError(f"refused: {said!r}")
        opened = self.call("OpenSession", [(1, I32, 7), (2, STRING, user)])
        self.handle = self.packed(opened[3])

    def packed(self, handle):
        """A handle as it came: {1: {1: guid, 2: secret}, …} of known types."""
        ids = [(1, STRUCT, [(1, STRING, handle[1][1]), (2, STRING, handle[1][2])])]
        return ids + [(i, k, handle[i]) for i, k in ((2, I32), (3, BOOL)) if i in handle]

    def sasl(self, status, data):
        self.conn.sendall(struct.pack(">bi", status, len(data)) + data)

    def exactly(self, n):
        data = b""
        while len(data) < n:
            part = self.conn.recv(n - len(data))
            if not part:
                raise OSError("closed")
            data += part
        return data

    def call(self, name, request):
        body = struct.pack(">I", 0x80010001) + write(STRING, name) + struct.pack(">i", 0) + write(STRUCT, [(1, STRUCT, request)])
        self.conn.sendall(struct.pack(">i", len(body)) + body)
        answer = Answer(self.exactly(struct.unpack(">i", self.exactly(4))[0]))
        answer.take(">I"), answer.read(STRING), answer.take(">i")
        result = answer.read(STRUCT).get(0, {})
        status = result.get(1, {})
        if status.get(1) not in (0, 1):
            raise OSError(f"{name}: {status.get(5, b'no answer').decode(errors='replace')}")
        return result

    def query(self, sql):
        done = self.call("ExecuteStatement", [(1, STRUCT, self.handle), (2, STRING, sql), (4, BOOL, False)])
        rows = self.call("FetchResults", [(1, STRUCT, self.packed(done[2])), (2, I32, 0), (3, I64, 10)])
        self.call("CloseSession", [(1, STRUCT, self.handle)])
        return [list(column.values())[0][1] for column in rows[3][3]]


def main():
    host, port, user = sys.argv[1], int(sys.argv[2]), sys.argv[3]
    while True:
        try:
            rows = Session(host, port, user).query("select 1")
            if rows == [[1]]:
                return
            print("select 1 gave", rows, flush=True)
        except (OSError, struct.error, KeyError) as e:
            print("HiveServer2:", e, flush=True)
        time.sleep(0.2)


main()
