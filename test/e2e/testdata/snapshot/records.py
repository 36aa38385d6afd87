"""Numbered records in a file system: a folder, or hdfs://NAMENODE:PORT/FOLDER by WebHDFS.

  records.py write WHERE    writes 0, 1, … until /tmp/enough is there; each that was
                            acknowledged is added to /tmp/records
  records.py read WHERE     reads the last of them and any other, again and again, until
                            /tmp/enough is there
  records.py check WHERE    is every record of /tmp/before there, and whole?
  records.py own WHERE N    writes the record own-N
  records.py seen WHERE     lists the records own-…
"""
import http.client
import itertools
import json
import os
import random
import sys
import time
import urllib.parse


class Folder:
    def __init__(self, where):
        self.where = where
        os.makedirs(where, exist_ok=True)

    def put(self, name, text):
        with open(os.path.join(self.where, name), "w") as f:
            f.write(text)
            f.flush()
            os.fsync(f.fileno())

    def get(self, name):
        with open(os.path.join(self.where, name)) as f:
            return f.read()

    def names(self):
        return os.listdir(self.where)


class HDFS:
    def __init__(self, where):
        at = urllib.parse.urlsplit(where)
        self.address, self.path = at.netloc, "/webhdfs/v1" + at.path

    def ask(self, method, name, op, body=None):
        """One request, at the DataNode that the NameNode names when it is about bytes."""
        address, path = self.address, "%s/%s?op=%s&user.name=ferry" % (self.path, name, op)
        while True:
            connection = http.client.HTTPConnection(address, timeout=30)
            there = body if address != self.address else None
            connection.request(method, path, there)
            answer = connection.getresponse()
            text = answer.read().decode()
            connection.close()
            if answer.status == 307:
                to = urllib.parse.urlsplit(answer.getheader("Location"))
                address, path = to.netloc, to.path + "?" + to.query
            elif answer.status >= 300:
                raise OSError("%s %s: %d %s" % (method, path, answer.status, text))
            else:
                return text

    def put(self, name, text):
        self.ask("PUT", name, "CREATE", text)

    def get(self, name):
        return self.ask("GET", name, "OPEN")

    def names(self):
        files = json.loads(self.ask("GET", "", "LISTSTATUS"))["FileStatuses"]["FileStatus"]
        return [f["pathSuffix"] for f in files if f["length"] > 0]


def write(store):
    with open("/tmp/records", "a", buffering=1) as acknowledged:
        last, pause = time.monotonic(), 0.0
        for n in itertools.count():
            store.put(str(n), "record %d\n" % n)
            acknowledged.write("%d\n" % n)
            pause, last = max(pause, time.monotonic() - last), time.monotonic()
            if os.path.exists("/tmp/enough"):
                print("%d records, longest pause %.1f s" % (n + 1, pause))
                return 0


def read(store):
    count, last, pause = 0, time.monotonic(), 0.0
    while not os.path.exists("/tmp/enough"):
        try:
            with open("/tmp/records") as f:
                known = f.read().split("\n")[:-1]  # what follows is being written
        except FileNotFoundError:
            known = []
        for n in known[-1:] + random.sample(known, min(1, len(known))):
            if store.get(n) != "record %s\n" % n:
                raise ValueError("record %s is another" % n)
            count += 1
            pause, last = max(pause, time.monotonic() - last), time.monotonic()
        time.sleep(0.05)
    print("%d records read, longest pause %.1f s" % (count, pause))
    return 0 if count else 1


def check(store):
    with open("/tmp/before") as f:
        wanted = f.read().split()
    there = set(store.names())
    lost = [n for n in wanted if n not in there]
    # What was written last is what a snapshot could have missed.
    lost += [n for n in wanted[-50:] if n in there and store.get(n) != "record %s\n" % n]
    print("%d acknowledged, %d lost %s" % (len(wanted), len(lost), lost[:5]))
    return 1 if lost or not wanted else 0


def main():
    what, where = sys.argv[1:3]
    store = HDFS(where) if where.startswith("hdfs:") else Folder(where)
    if what == "own":
        return store.put("own-" + sys.argv[3], "own\n")
    if what == "seen":
        return print(*sorted(n for n in store.names() if n.startswith("own-")))
    return {"write": write, "read": read, "check": check}[what](store)


sys.exit(main())
