# Run in a node that leaves its ring: what it holds is moved to the others, which takes as
# long as the data takes. It may be run again at any time. A nodetool is a JVM, so it is
# asked for the node's state only when there is something to ask.
set -u
exec {never}<> <(:)
state() { nodetool netstats 2>/dev/null | sed -n 's/^Mode: //p'; }

said=$(nodetool decommission 2>&1)
while :; do
  case $(state) in
    DECOMMISSIONED) exit 0 ;;
    JOINING*) exit 0 ;; # it was no member yet, and the others have all its data
    NORMAL | DECOMMISSION_FAILED)
      [[ $said == *"onnection refused"* ]] || { echo "$said" >&2; exit 1; }
      said=$(nodetool decommission 2>&1)
      continue ;;
  esac
  read -r -t 1 -u "$never"
done
