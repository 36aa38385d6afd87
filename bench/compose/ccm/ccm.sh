#!/bin/bash
# The start of a cluster of three by ccm 3.1.5 (ccmlib/cluster.py and node.py): the
# nodes are processes of one machine on 127.0.0.1 to 3, with balanced tokens, one each,
# all of them seeds, not bootstrapping; all are started at once with Cassandra's own JVM
# options and ccm's heap of 500 MB. Then ccm waits for "Starting listening for CQL
# clients" in each log, and for each node to have seen each other one as UP.
set -euo pipefail
opt=/opt/cassandra
tokens=(-9223372036854775808 -3074457345618258603 3074457345618258602)
for i in 1 2 3; do
  dir=/service/data/node$i
  mkdir -p "$dir"
  cat >"$dir/cassandra.yaml" <<YAML
cluster_name: test
num_tokens: 1
initial_token: ${tokens[i - 1]}
auto_bootstrap: false
partitioner: org.apache.cassandra.dht.Murmur3Partitioner
seed_provider: [{class_name: org.apache.cassandra.locator.SimpleSeedProvider, parameters: [{seeds: "127.0.0.1,127.0.0.2,127.0.0.3"}]}]
listen_address: 127.0.0.$i
rpc_address: 127.0.0.$i
endpoint_snitch: SimpleSnitch
data_file_directories: [$dir/data]
commitlog_directory: $dir/commitlogs
hints_directory: $dir/hints
saved_caches_directory: $dir/saved_caches
cdc_raw_directory: $dir/cdc_raw
commitlog_sync: periodic
commitlog_sync_period: 10000ms
authenticator: AllowAllAuthenticator
authorizer: AllowAllAuthorizer
YAML
  java -ea -da:net.openhft... -Xss256k -XX:+UseThreadPriorities -XX:+HeapDumpOnOutOfMemoryError -XX:+AlwaysPreTouch \
    -XX:+UseTLAB -XX:+ResizeTLAB -XX:+UseNUMA -XX:+PerfDisableSharedMem -Djava.net.preferIPv4Stack=true \
    -XX:+UseG1GC -XX:+ParallelRefProcEnabled -XX:MaxTenuringThreshold=2 -XX:G1HeapRegionSize=16m \
    -XX:+UnlockExperimentalVMOptions -XX:G1NewSizePercent=50 -XX:G1RSetUpdatingPauseTimePercent=5 \
    -XX:MaxGCPauseMillis=300 -XX:InitiatingHeapOccupancyPercent=70 -Xms500M -Xmx500M \
    -Djdk.attach.allowAttachSelf=true -Dio.netty.tryReflectionSetAccessible=true \
    -Dio.netty.allocator.useCacheForAllThreads=true -Dio.netty.allocator.maxOrder=11 \
    @$opt/conf/modules.args "-Dcassandra.config=file://$dir/cassandra.yaml" \
    -Dlogback.configurationFile=file://$opt/conf/logback.xml "-Dcassandra.storagedir=$dir" "-Dcassandra.logdir=$dir" \
    -Dcassandra-foreground=yes "-Dcassandra.jmx.local.port=7${i}00" -Dcassandra.migration_task_wait_in_seconds=6 \
    @$opt/conf/cp.args org.apache.cassandra.service.CassandraDaemon >"$dir/system.log" 2>&1 &
done

said() { # NODE TEXT: waits until it is in the node's log
  until grep -q "$2" "/service/data/node$1/system.log"; do
    [ "$(jobs -rp | wc -l)" -eq 3 ] || { tail -n 20 /service/data/node?/system.log; exit 1; }
    sleep 0.1
  done
}
for i in 1 2 3; do said $i "Starting listening for CQL clients"; done
for i in 1 2 3; do
  for k in 1 2 3; do
    [ $i -eq $k ] || said $i "127.0.0.$k.* is now UP"
  done
done
touch /tmp/started
wait
