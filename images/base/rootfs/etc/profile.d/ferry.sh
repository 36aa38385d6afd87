# Login shells begin with Debian's PATH, those of su with nothing else either: they
# find what the node's other commands find. The node's init has written it down.
if [ -r /run/ferry/environment ]; then
  # shellcheck source=/dev/null
  . /run/ferry/environment
fi
