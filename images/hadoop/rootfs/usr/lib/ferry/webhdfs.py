"""webhdfs.py NAMENODE:PORT USER PATH:OWNER:GROUP:MODE... [-- COMMAND...]: waits until
HDFS is out of safe mode, makes the directories (as often as one likes) as USER, and
becomes COMMAND. No JVM is started for it. With "-" for the address it does nothing
but become the command."""
import json
import os
import re
import sys
import time
import urllib.error
import urllib.parse
import urllib.request


def ask(url, method="GET"):
    request = urllib.request.Request(url, method=method)
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    with opener.open(request, timeout=5) as answer:
        return answer.read().decode()


def writable(base):
    """Out of safe mode and able to place a block: some DataNode is there."""
    try:
        mode = ask(base + "/jmx?get=Hadoop:service=NameNode,name=NameNodeInfo::Safemode")
        state = ask(base + "/jmx?get=Hadoop:service=NameNode,name=FSNamesystemState::NumLiveDataNodes")
    except OSError:
        return False
    live = re.search(r'"NumLiveDataNodes" : (\d+)', state)
    return '"Safemode" : ""' in mode and live is not None and int(live[1]) > 0


def make(base, user, spec):
    path, owner, group, mode = spec.split(":")

    def call(op, method="PUT", **more):
        query = urllib.parse.urlencode({"op": op, "user.name": user, **more})
        return ask(f"{base}/webhdfs/v1{urllib.parse.quote(path)}?{query}", method)

    try:
        status = json.loads(call("GETFILESTATUS", "GET"))["FileStatus"]
        if status["owner"] == owner:
            return  # what a user changed since is left alone
    except urllib.error.HTTPError as e:
        if e.code != 404:
            raise
        call("MKDIRS", permission=mode)
    call("SETOWNER", owner=owner, group=group)
    call("SETPERMISSION", permission=mode)


def main():
    words = sys.argv[1:]
    command = []
    if "--" in words:
        at = words.index("--")
        words, command = words[:at], words[at + 1:]
    address, user, specs = words[0], words[1], words[2:]
    if address != "-":
        base = "http://" + address
        while not writable(base):
            time.sleep(0.1)
        for spec in specs:
            make(base, user, spec)
    if command:
        os.execvp(command[0], command)


main()
