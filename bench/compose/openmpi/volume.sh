#!/bin/sh
# Makes the volume of both servers, once.
set -e
gluster="gluster --mode=script"
$gluster volume info data >/dev/null 2>&1 && exit 0
$gluster peer probe gluster1
until $gluster peer status | grep -q 'Peer in Cluster (Connected)'; do sleep 0.2; done
$gluster volume create data replica 2 gluster0:/service/brick/data gluster1:/service/brick/data force
$gluster volume set data network.ping-timeout 5 storage.owner-uid 1000 storage.owner-gid 1000 cluster.quorum-type auto
$gluster volume start data
