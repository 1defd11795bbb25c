#!/bin/sh
# docker-compose.yml's services "roles" and "grants": roles.sql as the database's administrator, and the roles' passwords.
# PGHOST, PGDATABASE and PGUSER say where and as whom; PASSWORD_FILE holds the administrator's password. Each argument is a
# file with a role's URL, postgresql://ROLE:PASSWORD@…, whose password must need no %-encoding.
set -eu

PGPASSWORD=$(cat "$PASSWORD_FILE")
export PGPASSWORD
psql --no-psqlrc --quiet --set ON_ERROR_STOP=1 --file "$(dirname "$0")/roles.sql"

for file in "$@"; do
    ROLE=$(sed -n 's|^postgres[a-z]*://\([^:@/]*\):[^@/]*@.*|\1|p' "$file")
    ROLE_PASSWORD=$(sed -n 's|^postgres[a-z]*://[^:@/]*:\([^@/%]*\)@.*|\1|p' "$file")
    if [ -z "$ROLE" ] || [ -z "$ROLE_PASSWORD" ]; then
        echo "$file: no postgresql://ROLE:PASSWORD@HOST/DATABASE, or a password with %-encoding." >&2
        exit 1
    fi
    export ROLE ROLE_PASSWORD
    # By the environment: what is in an argument, every process on the machine can read.
    psql --no-psqlrc --quiet --set ON_ERROR_STOP=1 <<'SQL'
\getenv role ROLE
\getenv password ROLE_PASSWORD
ALTER ROLE :"role" PASSWORD :'password';
SQL
done
