#!/bin/sh
# node.sh COMMAND...: installs the keys, mounts the volume, becomes COMMAND.
set -e
install -d -o ferry -g ferry -m 0700 /home/ferry/.ssh
install -o ferry -g ferry -m 0600 /bench/keys/id_ed25519 /home/ferry/.ssh/id_ed25519
install -o ferry -g ferry -m 0600 /bench/keys/id_ed25519.pub /home/ferry/.ssh/authorized_keys
printf 'StrictHostKeyChecking no\nUserKnownHostsFile /dev/null\nLogLevel ERROR\n' >/etc/ssh/ssh_config.d/bench.conf
install -m 0600 /bench/keys/host_key /etc/ssh/ssh_host_ed25519_key
mkdir -p /run/sshd /service/data
mount -t glusterfs -o backup-volfile-servers=gluster1 gluster0:/data /service/data
mountpoint -q /service/data
exec "$@"
