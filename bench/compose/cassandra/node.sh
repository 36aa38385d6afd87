#!/bin/bash
# Writes cassandra.yaml as the entry points of common images do, and becomes the node,
# with the settings and JVM options that Cassandra 5.0 comes with.
set -euo pipefail
ip=$(hostname -i)
cat >/service/conf/cassandra/cassandra.yaml <<YAML
cluster_name: compose
num_tokens: 16
allocate_tokens_for_local_replication_factor: 3
partitioner: org.apache.cassandra.dht.Murmur3Partitioner
seed_provider: [{class_name: org.apache.cassandra.locator.SimpleSeedProvider, parameters: [{seeds: "$SEEDS"}]}]
listen_address: $ip
broadcast_address: $ip
rpc_address: 0.0.0.0
broadcast_rpc_address: $ip
endpoint_snitch: SimpleSnitch
data_file_directories: [/service/data/data]
commitlog_directory: /service/data/commitlog
hints_directory: /service/data/hints
saved_caches_directory: /service/data/saved_caches
cdc_raw_directory: /service/data/cdc_raw
commitlog_sync: periodic
commitlog_sync_period: 10000ms
authenticator: AllowAllAuthenticator
authorizer: AllowAllAuthorizer
YAML
opt=/opt/cassandra
exec java -ea -da:net.openhft... -Xss256k -XX:+UseThreadPriorities -XX:+HeapDumpOnOutOfMemoryError -XX:+AlwaysPreTouch \
  -XX:+UseTLAB -XX:+ResizeTLAB -XX:+UseNUMA -XX:+PerfDisableSharedMem -Djava.net.preferIPv4Stack=true \
  -XX:+UseG1GC -XX:+ParallelRefProcEnabled -XX:MaxTenuringThreshold=2 -XX:G1HeapRegionSize=16m \
  -XX:+UnlockExperimentalVMOptions -XX:G1NewSizePercent=50 -XX:G1RSetUpdatingPauseTimePercent=5 \
  -XX:MaxGCPauseMillis=300 -XX:InitiatingHeapOccupancyPercent=70 "-Xms$MAX_HEAP_SIZE" "-Xmx$MAX_HEAP_SIZE" \
  -Djdk.attach.allowAttachSelf=true -Dio.netty.tryReflectionSetAccessible=true \
  -Dio.netty.allocator.useCacheForAllThreads=true -Dio.netty.allocator.maxOrder=11 \
  @$opt/conf/modules.args -Dcassandra.config=file:///service/conf/cassandra/cassandra.yaml \
  -Dlogback.configurationFile=file://$opt/conf/logback.xml -Dcassandra.storagedir=/service/data \
  -Dcassandra.logdir=/service/logs -Dcassandra-foreground=yes -Dcassandra.jmx.local.port=7199 \
  @$opt/conf/cp.args org.apache.cassandra.service.CassandraDaemon
