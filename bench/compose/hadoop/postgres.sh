#!/bin/bash
# postgres.sh: as the image postgres begins: a cluster, the user, the database and the
# schema from its folder of first scripts; then becomes the server.
set -e
bin=/usr/lib/postgresql/15/bin data=/service/metastore/data
if [ ! -s "$data/PG_VERSION" ]; then
  $bin/initdb -D "$data" -A trust -E UTF8 --locale=C.UTF-8
  echo "host all all all trust" >>"$data/pg_hba.conf"
  $bin/pg_ctl -D "$data" -o "-c listen_addresses='' -c unix_socket_directories=/tmp" -w start
  psql -q -h /tmp postgres -c "create role hive login password 'hive'" -c 'create database metastore owner hive'
  psql -q -h /tmp -U hive -v ON_ERROR_STOP=1 -f /opt/hive/sql/hive-schema-4.0.0.postgres.sql metastore
  $bin/pg_ctl -D "$data" -w -m fast stop
fi
exec $bin/postgres -D "$data" -c listen_addresses='*' -c unix_socket_directories=/tmp
