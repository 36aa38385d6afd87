#!/bin/sh
# namenode.sh: formats what is not formatted, then becomes the NameNode.
set -e
[ -d /service/name/dfs/current ] || hdfs namenode -format -nonInteractive
exec hdfs namenode
