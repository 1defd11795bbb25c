#!/usr/bin/env bash
# Reads a file of backup.sh into an empty database, and verifies the audit record in it: restore.sh FILE.
# DATABASE_URL, or the file DATABASE_URL_FILE, says which database. Needs psql, pg_restore, and the portal with its
# variables and `python` for the verification. docs/backup.md
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source=infra/backup/connection.sh
. "$here/connection.sh"

if [[ $# -ne 1 ]]; then
  echo "Usage: restore.sh FILE" >&2
  exit 2
fi
file=$1
if [[ ! -r $file ]]; then
  echo "$file cannot be read." >&2
  exit 1
fi

read_connection
tables=$(psql --no-psqlrc --tuples-only --no-align --dbname="$url" --command="
  SELECT count(*) FROM pg_catalog.pg_tables WHERE schemaname NOT IN ('pg_catalog', 'information_schema')")
if [[ $tables -ne 0 ]]; then
  echo "The database already has $tables tables. A backup is read into an empty one only." >&2
  exit 1
fi

# All of it or nothing.
pg_restore --exit-on-error --single-transaction --no-owner --no-privileges --dbname="$url" "$file"
python "$here/../../manage.py" verify_audit
