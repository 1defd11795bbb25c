#!/usr/bin/env bash
# Writes the portal's database to a file: backup.sh FILE. DATABASE_URL, or the file DATABASE_URL_FILE, says which.
# Needs pg_dump and pg_restore, of the server's version or newer. docs/backup.md
set -euo pipefail
umask 077
# shellcheck source=infra/backup/connection.sh
. "$(dirname "${BASH_SOURCE[0]}")/connection.sh"

if [[ $# -ne 1 ]]; then
  echo "Usage: backup.sh FILE" >&2
  exit 2
fi
file=$1
if [[ -e $file ]]; then
  echo "$file is already there: a backup is never overwritten." >&2
  exit 1
fi

read_connection
# Under its name only when it is whole.
unfinished=$(mktemp "$file.XXXXXX")
trap 'rm -f -- "$unfinished"' EXIT
pg_dump --format=custom --no-owner --no-privileges --dbname="$url" --file="$unfinished"
pg_restore --list "$unfinished" > /dev/null
mv -n -- "$unfinished" "$file"
echo "$file: $(wc -c < "$file") bytes."
