#!/bin/sh
# As the official image's start script, as far as docker-compose.yml needs it: prepares the directory as root, steps down,
# and makes a new database with a temporary server that listens on its socket only.
set -eu

if [ "$(id -u)" = 0 ]; then
    mkdir -p "$PGDATA"
    chmod 700 "$PGDATA"
    chown -R postgres:postgres "$PGDATA" /run/postgresql
    exec setpriv --reuid=postgres --regid=postgres --init-groups "$0" "$@"
fi

if [ ! -e "$PGDATA/PG_VERSION" ]; then
    if [ "${POSTGRES_HOST_AUTH_METHOD:-}" = trust ]; then
        method=trust
        initdb --username="$POSTGRES_USER" --auth=trust
    else
        method=scram-sha-256
        initdb --username="$POSTGRES_USER" --auth-local=trust --auth-host=$method --pwfile="$POSTGRES_PASSWORD_FILE"
    fi
    echo "host all all all $method" >> "$PGDATA/pg_hba.conf"
    echo "listen_addresses = '*'" >> "$PGDATA/postgresql.conf"
    pg_ctl start --wait --options="-c listen_addresses=''"
    createdb --username="$POSTGRES_USER" "$POSTGRES_DB"
    pg_ctl stop --wait --mode=fast
fi

exec "$@"
