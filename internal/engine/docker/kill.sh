# Ends every process of the command that was started with FERRY_EXEC=$1 in its
# environment: those that still have it, and those of their sessions (a command
# that was started by Docker leads a session of its own, so this finds children
# that changed their user). TERM first, KILL after two seconds.
sessions=' '
hunt() {
	found=' '
	for f in $(grep -lsF "FERRY_EXEC=$1" /proc/[0-9]*/environ); do
		pid=${f#/proc/} && pid=${pid%/*}
		{ read -r stat <"/proc/$pid/stat"; } 2>/dev/null || continue
		set -- "$1" ${stat##*) }
		sessions="$sessions$5 "
	done
	for f in /proc/[0-9]*/stat; do
		{ read -r stat <"$f"; } 2>/dev/null || continue
		set -- "$1" ${stat##*) }
		[ "$2" = Z ] && continue
		case $sessions in *" $5 "*) pid=${f#/proc/} && found="$found${pid%/*} " ;; esac
	done
}
hunt "$1"
kill -TERM $found 2>/dev/null
tries=0
while [ "$found" != ' ' ] && [ $tries -lt 20 ]; do
	sleep 0.1
	hunt "$1"
	tries=$((tries + 1))
done
kill -KILL $found 2>/dev/null
exit 0
