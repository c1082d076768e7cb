#!/bin/sh
# As the official image does: the first start makes the cluster, the password and the database.
set -eu
data="${PGDATA:-/var/lib/postgresql/data}"
mkdir -p "$data" /var/run/postgresql
chown -R postgres:postgres "$data" /var/run/postgresql
chmod 700 "$data"
as_postgres() { su postgres -s /bin/sh -c "$1"; }
user="${POSTGRES_USER:-postgres}"
if [ ! -s "$data/PG_VERSION" ]; then
  method="${POSTGRES_HOST_AUTH_METHOD:-scram-sha-256}"
  if [ "$method" = trust ]; then POSTGRES_PASSWORD="${POSTGRES_PASSWORD:-none}"; fi
  printf '%s' "${POSTGRES_PASSWORD:?POSTGRES_PASSWORD is not set}" > /tmp/password
  chown postgres /tmp/password
  as_postgres "initdb -D '$data' -U '$user' --auth=scram-sha-256 --auth-local=trust --pwfile=/tmp/password -E UTF8 --locale=C ${POSTGRES_INITDB_ARGS:-}" >/dev/null
  rm /tmp/password
  echo "host all all all $method" >> "$data/pg_hba.conf"
  if [ -n "${POSTGRES_DB:-}" ] && [ "$POSTGRES_DB" != postgres ]; then
    as_postgres "pg_ctl -D '$data' -w -o \"-c listen_addresses='' -k /var/run/postgresql\" start" >/dev/null
    as_postgres "createdb -h /var/run/postgresql -U '$user' '$POSTGRES_DB'"
    as_postgres "pg_ctl -D '$data' -w -m fast stop" >/dev/null
  fi
fi
# Busybox su replaces itself, so the server is process 1 and gets the stop signal.
exec su postgres -s /bin/sh -c "exec postgres -D '$data' -c listen_addresses='*' -k /var/run/postgresql $*"
