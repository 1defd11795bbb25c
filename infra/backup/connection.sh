# shellcheck shell=bash
# For backup.sh and restore.sh: sets url to DATABASE_URL without its password and PGPASSWORD to that, because everybody
# on the machine may read a command's arguments.

read_connection() {
  if [[ -n ${DATABASE_URL_FILE:-} ]]; then
    url=$(< "$DATABASE_URL_FILE")
  else
    url=${DATABASE_URL:-}
  fi
  # Blanks around it don't matter to the portal either.
  url="${url#"${url%%[![:space:]]*}"}"
  url="${url%"${url##*[![:space:]]}"}"
  if [[ -z $url ]]; then
    echo "DATABASE_URL is not set. Set DATABASE_URL, or DATABASE_URL_FILE to a file that holds it." >&2
    exit 1
  fi
  local with_password='^(postgres(ql)?://[^:/@?]*):([^/?]*)@(.*)$'
  if [[ $url =~ $with_password ]]; then
    url="${BASH_REMATCH[1]}@${BASH_REMATCH[4]}"
    local escaped=${BASH_REMATCH[3]//\\/\\\\}
    PGPASSWORD=$(printf '%b' "${escaped//%/\\x}")
    export PGPASSWORD
  fi
}
