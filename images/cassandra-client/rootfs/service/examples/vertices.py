#!/opt/client/bin/python
"""vertices.py add SECONDS FILE: adds vertices one by one, and their numbers to FILE once
they are acknowledged. vertices.py check FILE: are all of them in the graph?"""
import os
import sys
import time

from gremlin_python.driver.client import Client

client = Client(os.environ["GREMLIN_URL"], "g")


def add(seconds, path):
    end, failed, count, row = time.monotonic() + seconds, {}, 0, 0
    if os.path.exists(path):
        with open(path) as f:
            row = max([int(line) for line in f] + [0])
    longest, last = 0.0, time.monotonic()
    with open(path, "a", buffering=1) as done:
        while time.monotonic() < end:
            row += 1
            try:
                client.submit("g.addV('row').property('number', n).iterate(); graph.tx().commit()", {"n": row}).all().result(30)
            except Exception as fault:  # each kind is counted
                failed[type(fault).__name__] = failed.get(type(fault).__name__, 0) + 1
                time.sleep(0.1)
                continue
            done.write("%d\n" % row)
            count += 1
            longest, last = max(longest, time.monotonic() - last), time.monotonic()
    print("%d vertices, longest pause %.0f ms, errors: %s" % (count, 1e3 * longest, failed or "none"))


def check(path):
    with open(path) as f:
        want = {int(line) for line in f if line.endswith("\n")}
    have = set()
    for numbers in client.submit("g.V().hasLabel('row').values('number')"):
        have.update(numbers)
    print("%d acknowledged, %d lost" % (len(want), len(want - have)))
    sys.exit(bool(want - have))


if sys.argv[1:2] == ["add"]:
    add(float(sys.argv[2]), sys.argv[3])
else:
    check(sys.argv[2])
