# The same text by every way into the ring, with names of files and columns like it.
set -euo pipefail
cd "$(mktemp -d)"
text='Zürich 東京 é 🙂'
insert='INSERT INTO demo.text ("名", n) VALUES'
exec 3>&2 2>said
cqlsh -e 'CREATE TABLE demo.text ("名" text PRIMARY KEY, n int) WITH comment = '"'城市名'"
cqlsh -e "$insert ('$text e', 1)"
echo "$insert ('$text stdin', 2);" | env LC_ALL=C cqlsh
echo "$insert ('$text file', 3);" >schön.cql
env -i bash -c 'cqlsh -f schön.cql'
echo "$text copy,4" >文件.csv
cqlsh -e "COPY demo.text (\"名\", n) FROM '文件.csv'; COPY demo.text (\"名\", n) TO '出.csv'" >/dev/null
cqlsh -e 'DESCRIBE TABLE demo.text'
cat 出.csv
cassandra-load write --rows 5 --at-once 1 --acknowledged 行 >/dev/null
cassandra-load check --acknowledged 行
exec 2>&3
if [ -s said ]; then echo "said on stderr:"; cat said; fi
