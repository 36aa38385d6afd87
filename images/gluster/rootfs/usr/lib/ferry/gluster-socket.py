"""gluster-socket.py INFO VOLUME: leaves a socket without a listener where this
server's self-heal daemon of the volume will listen."""
import ctypes
import os
import socket
import sys

info, volume = sys.argv[1:]
with open(info, encoding="ascii") as f:
    uuid = dict(line.strip().split("=", 1) for line in f)["UUID"]

xxh64 = ctypes.CDLL("libxxhash.so.0").XXH64
xxh64.restype = ctypes.c_uint64
xxh64.argtypes = [ctypes.c_char_p, ctypes.c_size_t, ctypes.c_uint64]

key = f"/var/run/gluster/shd/{volume}/run-{uuid}".encode()
path = f"/var/run/gluster/{xxh64(key, len(key), 0):016x}.socket"
os.makedirs("/var/run/gluster", exist_ok=True)
if not os.path.exists(path):
    s = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    s.bind(path)
    s.close()
