# Ends every process of the command that was started with FERRY_EXEC=$1 in its
# environment: those that still have it, their descendants, and all of their
# sessions (what Docker starts leads a session of its own). So children are
# found that have changed their user, and those whose parent is gone already.
# TERM first, KILL after two seconds.
#
# What is found is stopped at once, before its children are looked for: one that
# goes on may move to a session of its own, have a child and be gone between two
# looks, and nothing would lead to that child. A stopped process keeps its number,
# too, so that no stranger is taken for it.
#
# A daemon that has cleared its environment, leads a session and whose parent was
# gone before the command was cancelled is not found: nothing tells it from a
# service of the node.
mark="FERRY_EXEC=$1"
sessions=' '
found=' '
asked=' '

# about PID: sets parent, session and start of a process that is no zombie.
about() {
	{ read -r stat <"/proc/$1/stat"; } 2>/dev/null || return
	set -- ${stat##*) } # state, parent, group, session, ... the 20th is its start
	parent=$2 session=$4 start=${20}
	[ "$1" != Z ]
}

# take PID: stops it and notes it, unless its number is another's meanwhile.
take() {
	was=$start
	kill -STOP "$1" 2>/dev/null
	about "$1" || return
	if [ "$start" != "$was" ]; then
		kill -CONT "$1" 2>/dev/null
		return
	fi
	found="$found$1 "
	sessions="$sessions$session "
}

# look takes what belongs to the sessions and processes known so far.
look() {
	for f in /proc/[0-9]*/stat; do
		pid=${f#/proc/} && pid=${pid%/*}
		[ "$pid" = 1 ] && continue
		case $found in *" $pid "*) continue ;; esac
		about "$pid" || continue
		case "$found|$sessions" in *" $parent "*"|"* | *"|"*" $session "*) take "$pid" ;; esac
	done
}

hunt() {
	found=' '
	for f in $(grep -lsF "$mark" /proc/[0-9]*/environ); do
		pid=${f#/proc/} && pid=${pid%/*}
		about "$pid" && take "$pid"
	done
	before=
	while [ "$before" != "$found" ]; do
		before=$found
		look
	done
}

# ask tells those that were found to end, each once, and lets them.
ask() {
	for pid in $found; do
		case $asked in *" $pid "*) ;; *) kill -TERM "$pid" 2>/dev/null ;; esac
	done
	asked="$asked${found# }"
	kill -CONT $found 2>/dev/null
}

# Twice nothing: the environment of a process that is becoming another program
# cannot be read for a moment.
tries=0 nothing=0
while [ $nothing -lt 2 ] && [ $tries -lt 40 ]; do
	[ $tries -gt 0 ] && sleep 0.1
	hunt
	nothing=$((nothing + 1))
	if [ "$found" != ' ' ]; then
		nothing=0
		if [ $tries -lt 20 ]; then ask; else kill -KILL $found 2>/dev/null; fi
	fi
	tries=$((tries + 1))
done
exit 0
