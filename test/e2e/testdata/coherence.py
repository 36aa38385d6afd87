"""coherence.py lead DIR ROUNDS HOST...: does in one node what another one must see at
once, in every direction, and prints a line of counts. It starts itself on the hosts
by ssh; the machine it is started on takes part too.
coherence.py follow: does what it is told on standard input, one JSON list a line."""
import fcntl
import json
import mmap
import os
import sqlite3
import subprocess
import sys

kept = {}  # by path: files that stay open, maps that stay mapped


def write(path, text):
    with open(path, "w", encoding="utf-8") as f:
        f.write(text)


def read(path):
    with open(path, encoding="utf-8") as f:
        return f.read()


def replace(path, text):
    write(path + ".new", text)
    os.replace(path + ".new", path)


def append(path, text):
    with open(path, "a", encoding="utf-8") as f:
        f.write(text)


def read_kept(path):
    """Reads through a descriptor that was opened in the first round."""
    f = kept.setdefault(path, os.open(path, os.O_RDONLY))
    return os.pread(f, 1000, 0).decode()


def mapped(path):
    if path not in kept:
        f = os.open(path, os.O_RDWR | os.O_CREAT, 0o644)
        os.truncate(f, 4096)
        kept[path] = mmap.mmap(f, 4096)
    return kept[path]


def map_write(path, text):
    mapped(path)[: len(text)] = text.encode()


def map_read(path, size):
    return mapped(path)[:size].decode()


def head(path, count):
    with open(path, encoding="utf-8") as f:
        return f.read(count)


def size(path):
    return os.stat(path).st_size


def names(path):
    return sorted(os.listdir(path))


def make(path):
    os.makedirs(path, exist_ok=True)


def remove(path):
    os.unlink(path)


def compile_program(path, word):
    subprocess.run(["cc", "-o", path, "-x", "c", "-"], check=True, text=True,
                   input='#include <stdio.h>\nint main() { puts("' + word + '"); return 0; }\n')


def execute(path):
    return subprocess.run([path], check=True, capture_output=True, text=True).stdout.strip()


def count(path, steps):
    """Adds to a number in a file that stays open, under a POSIX lock."""
    f = os.open(path, os.O_RDWR)
    for _ in range(steps):
        fcntl.lockf(f, fcntl.LOCK_EX)
        n = int(os.pread(f, 8, 0)) + 1
        os.pwrite(f, b"%08d" % n, 0)
        fcntl.lockf(f, fcntl.LOCK_UN)
    os.close(f)


def insert(path, rows):
    with sqlite3.connect(path, timeout=60, isolation_level=None) as db:
        for _ in range(rows):
            db.execute("insert into t values (1)")


def logged(path, word, lines):
    f = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o644)
    for i in range(lines):
        os.write(f, f"{word} {i:05d}\n".encode())
    os.close(f)


def follow():
    for line in sys.stdin:
        name, *args = json.loads(line)
        try:
            answer = [globals()[name](*args), None]
        except Exception as e:  # what went wrong there is a finding here
            answer = [None, repr(e)]
        print(json.dumps(answer), flush=True)


class Node:
    def __init__(self, command):
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def begin(self, *order):
        self.process.stdin.write(json.dumps(order) + "\n")
        self.process.stdin.flush()

    def end(self):
        value, error = json.loads(self.process.stdout.readline())
        return error if error else value

    def do(self, *order):
        self.begin(*order)
        return self.end()


class Lead:
    def __init__(self, folder, rounds, hosts):
        self.dir, self.rounds = folder, rounds
        me = os.path.abspath(__file__)
        self.nodes = [Node(["python3", me, "follow"])] + [Node(["ssh", h, "python3", me, "follow"]) for h in hosts]
        self.wrong = {}

    def at(self, name):
        return os.path.join(self.dir, name)

    def expect(self, kind, got, want):
        self.wrong.setdefault(kind, [])
        if got != want:
            self.wrong[kind].append(f"{got!r} for {want!r}")

    def round(self, i, writer, reader):
        same, other = f"step={i:05d}", "x" * (i % 50 + 1) + str(i)
        for kind, act, look, want in (
            ("same length", ("write", self.at("same"), same), ("read", self.at("same")), same),
            ("other length", ("write", self.at("other"), other), ("read", self.at("other")), other),
            ("size", ("write", self.at("sized"), other), ("size", self.at("sized")), len(other)),
            ("moved over", ("replace", self.at("moved"), same), ("read", self.at("moved")), same),
            ("kept open", ("write", self.at("open"), same), ("read_kept", self.at("open")), same),
            ("mapped", ("map_write", self.at("map"), same), ("map_read", self.at("map"), len(same)), same),
            ("mapped, read", ("map_write", self.at("map"), same), ("head", self.at("map"), len(same)), same),
            ("made", ("write", self.at("names/n"), ""), ("names", self.at("names")), ["n"]),
            ("removed", ("remove", self.at("names/n")), ("names", self.at("names")), []),
        ):
            writer.do(*act)
            got = reader.do(*look)
            self.expect(kind, got, want)

    def rounds_all(self):
        self.nodes[0].do("make", self.at("names"))
        for i in range(self.rounds):
            writer = self.nodes[i % len(self.nodes)]
            for reader in self.nodes:
                if reader is not writer:
                    self.round(i, writer, reader)

    def programs(self):
        for i in range(max(self.rounds // 10, 3)):
            writer = self.nodes[i % len(self.nodes)]
            writer.do("compile_program", self.at("program"), f"version {i}")
            for reader in self.nodes:
                self.expect("compiled anew", reader.do("execute", self.at("program")), f"version {i}")

    def appends(self):
        want = ""
        for i in range(self.rounds):
            self.nodes[i % len(self.nodes)].do("append", self.at("appended"), f"{i}\n")
            want += f"{i}\n"
            self.expect("appended", self.nodes[(i + 1) % len(self.nodes)].do("read", self.at("appended")), want)

    def together(self, *order):
        for n in self.nodes:
            n.begin(*order)
        for answer in [n.end() for n in self.nodes]:
            if answer is not None:
                self.expect(order[0], answer, None)

    def at_once(self):
        n = len(self.nodes)
        self.nodes[0].do("write", self.at("counter"), "%08d" % 0)
        self.together("count", self.at("counter"), self.rounds)
        self.expect("locked counter", self.nodes[-1].do("read", self.at("counter")), "%08d" % (n * self.rounds))
        with sqlite3.connect(self.at("rows.db")) as db:
            db.execute("create table t (n)")
        self.together("insert", self.at("rows.db"), self.rounds // 4)
        with sqlite3.connect(self.at("rows.db")) as db:
            self.expect("SQLite", db.execute("select count(*) from t").fetchone()[0], n * (self.rounds // 4))
        self.together("logged", self.at("log"), "line", self.rounds)
        lines = self.nodes[-1].do("read", self.at("log")).splitlines()
        self.expect("appended at once", sorted(lines), sorted(f"line {i:05d}" for i in range(self.rounds) for _ in range(n)))

    def run(self):
        os.makedirs(self.dir)
        for part in (self.rounds_all, self.programs, self.appends, self.at_once):
            part()
        for kind, wrong in self.wrong.items():
            print(f"{kind}: {len(wrong)} wrong", *wrong[:1])
        return 1 if any(self.wrong.values()) else 0


if sys.argv[1] == "follow":
    follow()
else:
    sys.exit(Lead(sys.argv[2], int(sys.argv[3]), sys.argv[4:]).run())
