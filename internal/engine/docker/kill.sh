# Ends every process of the command that was started with FERRY_EXEC=$1 in its
# environment: those that still have it, their descendants, and all of their
# sessions (what Docker starts leads a session of its own). So children are
# found that have changed their user, and those whose parent is gone already.
# TERM first, KILL after two seconds.
mark="FERRY_EXEC=$1"
sessions=' '
found=' '

# look adds what belongs to the sessions and processes known so far.
look() {
	for f in /proc/[0-9]*/stat; do
		{ read -r stat <"$f"; } 2>/dev/null || continue
		pid=${f#/proc/} && pid=${pid%/*}
		set -- ${stat##*) } # state, parent, group, session, ...
		[ "$1" = Z ] && continue
		case "$found|$sessions" in *" $pid "*"|"*) continue ;; *" $2 "*"|"* | *"|"*" $4 "*) ;; *) continue ;; esac
		found="$found$pid "
		sessions="$sessions$4 "
	done
}

hunt() {
	found=' '
	for f in $(grep -lsF "$mark" /proc/[0-9]*/environ); do
		pid=${f#/proc/} && pid=${pid%/*}
		{ read -r stat <"/proc/$pid/stat"; } 2>/dev/null || continue
		set -- ${stat##*) }
		sessions="$sessions$4 "
	done
	before=
	while [ "$before" != "$found" ]; do
		before=$found
		look
	done
}

hunt
kill -TERM $found 2>/dev/null
tries=0
while [ "$found" != ' ' ] && [ $tries -lt 20 ]; do
	sleep 0.1
	hunt
	tries=$((tries + 1))
done
kill -KILL $found 2>/dev/null
exit 0
