#!/bin/sh
# A private PostgreSQL server for tests and trials, on loopback, in its own folder. It touches no other server.
#
#   scripts/postgres.sh start  [FOLDER] [PORT]   makes the cluster at first, starts it, waits, prints its URL
#   scripts/postgres.sh stop   [FOLDER]
#   scripts/postgres.sh status [FOLDER]          prints the URL when it runs; exit code 0 running, 3 not
#
# FOLDER: ./.postgres; PORT: 54329, or the one it was started with last. MINYI_PGBIN names the folder of the server's
# programs when they are not in PATH or /usr/lib/postgresql/*/bin. The server refuses to run as root: called by root,
# everything runs as the system user MINYI_PGUSER (postgres), who then owns the folder.
# Anyone on this machine may connect without a password: never put real posts into it.

set -eu

usage() {
    sed -n '2,12s/^# \{0,1\}//p' "$0" >&2
    exit 2
}

fail() {
    echo "postgres.sh: $*" >&2
    exit 1
}

find_programs() {
    if [ -n "${MINYI_PGBIN:-}" ]; then
        [ -x "$MINYI_PGBIN/initdb" ] || fail "no initdb in MINYI_PGBIN=$MINYI_PGBIN"
        echo "$MINYI_PGBIN"
        return
    fi
    found=$(ls -d /usr/lib/postgresql/*/bin 2>/dev/null | sort -t/ -k5 -n | tail -n 1)
    if [ -n "$found" ] && [ -x "$found/initdb" ]; then
        echo "$found"
    elif path=$(command -v initdb); then
        dirname "$path"
    else
        fail "no PostgreSQL server programs found; on Debian: apt-get install postgresql, or set MINYI_PGBIN"
    fi
}

as_owner() {
    if [ "$(id -u)" -ne 0 ]; then
        "$@"
    elif command -v runuser >/dev/null; then
        (cd / && runuser -u "$owner" -- "$@")
    else
        quoted=""
        for word in "$@"; do
            quoted="$quoted '$(printf %s "$word" | sed "s/'/'\\\\''/g")'"
        done
        (cd / && su -s /bin/sh "$owner" -c "$quoted")
    fi
}

running() {
    as_owner "$bin/pg_ctl" -D "$folder/data" status >/dev/null 2>&1
}

url() {
    echo "postgresql+psycopg://minyi@127.0.0.1:$(cat "$folder/port")/minyi"
}

make_cluster() {
    mkdir -p "$folder"
    [ "$(id -u)" -ne 0 ] || chown "$owner" "$folder"
    as_owner test -w "$folder" || fail "$owner cannot write to $folder; every folder above it must be open to him (o+x)"
    as_owner "$bin/initdb" -D "$folder/data" -U minyi -A trust -E UTF8 --locale=C.UTF-8 --no-sync >"$folder/initdb.log" 2>&1 ||
        fail "initdb failed: $(tail -n 3 "$folder/initdb.log")"
}

start() {
    if running; then
        url
        return
    fi
    [ -d "$folder/data" ] || make_cluster
    [ -n "$port" ] || port=$(cat "$folder/port" 2>/dev/null || echo 54329)
    echo "$port" >"$folder/port"
    options="-c listen_addresses=127.0.0.1 -c port=$port -c unix_socket_directories='' -c shared_buffers=64MB -c max_connections=60"
    as_owner "$bin/pg_ctl" -D "$folder/data" -l "$folder/data/server.log" -o "$options" -w -t 60 start >/dev/null ||
        fail "the server did not start: $(tail -n 3 "$folder/data/server.log" 2>/dev/null)"
    as_owner "$bin/psql" -h 127.0.0.1 -p "$port" -U minyi -d postgres -Atqc \
        "SELECT 1 FROM pg_database WHERE datname = 'minyi'" | grep -q 1 ||
        as_owner "$bin/createdb" -h 127.0.0.1 -p "$port" -U minyi minyi
    url
}

stop() {
    running || return 0
    as_owner "$bin/pg_ctl" -D "$folder/data" -m fast -w -t 60 stop >/dev/null || fail "the server did not stop"
}

[ $# -ge 1 ] && [ $# -le 3 ] || usage
action=$1
folder=${2:-.postgres}
port=${3:-}
case $port in *[!0-9]*) fail "not a port number: $port" ;; esac
case $folder in /*) ;; *) folder=$(pwd)/$folder ;; esac
owner=${MINYI_PGUSER:-postgres}
if [ "$(id -u)" -eq 0 ] && ! id "$owner" >/dev/null 2>&1; then
    fail "the server refuses root, and there is no system user $owner: set MINYI_PGUSER"
fi

case $action in
start)
    bin=$(find_programs)
    start
    ;;
stop)
    bin=$(find_programs)
    stop
    ;;
status)
    bin=$(find_programs)
    if running; then url; else
        echo "not running: $folder" >&2
        exit 3
    fi
    ;;
*) usage ;;
esac
