# resize WHAT VOLUME COPIES [KEY=VALUE...] -- BRICK...: run on one server, makes the volume's
# bricks those that are named, each HOST:PATH, COPIES of them (0: no copies) holding the same,
# which needs these options. It looks at what there is and may be run again at any time.
#   grow       takes in the servers and bricks that are new
#   balance    has files moved to bricks that are new; it goes on by itself
#   shrink     moves data off the bricks that are not named, takes them out, and their servers
set -u
what=$1 volume=$2 copies=$3
shift 3
options=()
while [[ $1 != -- ]]; do options+=("${1%%=*}" "${1#*=}") && shift; done
shift
want=("$@")
exec {never}<> <(:)
pause() { read -r -t "${1-0.2}" -u "$never"; }
fail() { echo "$*" >&2; exit 1; }

# One at a time: an earlier one may run yet whose caller was killed.
exec {lock}>/run/gluster-resize.lock
flock "$lock"

cli() { last=$(gluster --mode=script "$@" 2>&1); }
# settle ARG...: a command that is repeated while the cluster is busy.
settle() {
  local n=0
  until cli "$@"; do
    case $last in
      *"nother transaction"* | *"ocking failed"* | *"Peer in Cluster"* | *"not connected"* | *"timed out"* | \
        *"try again"* | *"onnection failed"* | *"not in 'Peer"* | *"resolve"* | *"in progress"*)
        (((n += 1) < 600)) || fail "gluster $1 $2: $last"
        pause ;;
      *) fail "gluster $1 $2: $last" ;;
    esac
  done
}

# look: the volume's bricks in order, and how many of them hold the same.
look() {
  settle volume info "$volume"
  have=()
  local line
  while read -r line; do
    [[ $line =~ ^Brick[0-9]+:\ (.*)$ ]] && have+=("${BASH_REMATCH[1]%% *}")
  done <<<"$last"
  same=$(sed -n 's/^replica_count=//p' "/var/lib/glusterd/vols/$volume/info")
  ((same > 0)) || same=1
}

# without A... -- B...: those of A that are not among B, in $rest.
without() {
  local a=() one
  rest=()
  while [[ $1 != -- ]]; do a+=("$1"); shift; done
  shift
  for one in "${a[@]}"; do [[ " $* " == *" $one "* ]] || rest+=("$one"); done
}

joined() { gluster pool list 2>/dev/null | grep -Eq "[[:space:]]$1[[:space:]]+Connected"; }

join() {
  local host=$1 n=0
  [[ $host == "$HOSTNAME" ]] && return
  until { : </dev/tcp/"$host"/24007; } 2>/dev/null; do pause; done
  until joined "$host"; do
    (((n += 1) % 25 == 1)) && cli peer probe "$host"
    ((n < 1500)) || fail "add $host to the cluster: $last"
    pause
  done
}

# seen_everywhere: while files move, a file may be on another brick than its name says. By
# default Gluster then does not look for it, and says that it is not there.
seen_everywhere() { settle volume set "$volume" cluster.lookup-optimize off; }

# serves BRICK: returns when it does.
serves() {
  local n=0
  until cli volume status "$volume" "$1" && [[ $last == *" Y "* ]]; do
    (((n += 1) < 600)) || fail "$1 does not serve: $last"
    pause
  done
}

grow() {
  look
  without "${want[@]}" -- "${have[@]}"
  local new=("${rest[@]}") brick
  for brick in "${new[@]}"; do join "${brick%%:*}"; done
  ((${#new[@]})) && seen_everywhere
  # The one group there is gets its further copies first, one by one: a client that reached
  # one brick of three would have lost its quorum until it tries the others again.
  # Reads go to the first brick that is whole, not to one that is being filled.
  ((copies > same && ${#new[@]})) && settle volume set "$volume" cluster.read-hash-mode 0
  while ((copies > same && ${#new[@]})); do
    settle volume add-brick "$volume" replica "$((same += 1))" "${new[0]}" force
    serves "${new[0]}"
    new=("${new[@]:1}")
  done
  ((${#new[@]})) && settle volume add-brick "$volume" "${new[@]}" force
  ((${#options[@]})) && settle volume set "$volume" "${options[@]}"
  return 0
}

balance() {
  cli volume rebalance "$volume" start || [[ $last == *"already started"* || $last == *"in progress"* ]] ||
    fail "gluster volume rebalance: $last"
}

# unhealed BRICK...: whether any of these knows of something that another brick lacks. What
# is being written is not counted: of that there is always some.
unhealed() {
  cli volume heal "$volume" info summary || return 0
  local line brick='' wanted=" $* "
  while read -r line; do
    case $line in
      "Brick "*) brick=${line#Brick } ;;
      "Number of entries in heal pending: 0" | "Number of entries in split-brain: 0") ;;
      "Number of entries in heal pending: "* | "Number of entries in split-brain: "*)
        [[ $wanted == *" $brick "* ]] && return 0 ;;
    esac
  done <<<"$last"
  return 1
}

# drain BRICK...: whole groups, whose files move to the others.
drain() {
  seen_everywhere
  cli volume rebalance "$volume" stop
  cli volume remove-brick "$volume" "$@" status || settle volume remove-brick "$volume" "$@" start
  until cli volume remove-brick "$volume" "$@" status --xml && [[ $last != *"in progress"* ]]; do pause 1; done
  if [[ $last == *"<statusStr>failed"* || $last =~ "<failures>"[1-9] || $last =~ "<skipped>"[1-9] ]]; then
    cli volume remove-brick "$volume" "$@" stop
    fail "some files could not be moved off $*, which stay: see /var/log/glusterfs of their nodes"
  fi
  settle volume remove-brick "$volume" "$@" commit
}

shrink() {
  look
  without "${have[@]}" -- "${want[@]}"
  local gone=("${rest[@]}") whole brick host
  if ((${#gone[@]})); then
    whole=$((copies > 0 && copies < same ? ${#have[@]} - same : ${#gone[@]}))
    if ((whole)); then
      drain "${gone[@]: -whole}"
      gone=("${gone[@]:0:${#gone[@]}-whole}")
    fi
    if ((${#gone[@]})); then
      while unhealed "${gone[@]}"; do pause 1; done
      settle volume remove-brick "$volume" replica "$copies" "${gone[@]}" force
    fi
  fi
  # Servers without a brick, whether it was this run that took it out or an earlier one.
  for host in $(gluster pool list | awk 'NR > 1 && $2 != "localhost" { print $2 }'); do
    [[ " ${want[*]}" == *" $host:"* ]] || settle peer detach "$host" force
  done
}

case $what in
  grow) grow ;;
  balance) balance ;;
  shrink) shrink ;;
esac
# A pause leaves its own exit status.
exit 0
