#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# A PostgreSQL server of the tests' own: in FOLDER, on a Unix socket there and on a free port of 127.0.0.1, as a user
# without privileges (initdb refuses root).
#     postgres.sh start FOLDER [SETTING=VALUE]...   makes it at the first time; prints the URL of its socket
#     postgres.sh stop FOLDER [fast|immediate]      it can be started again
#     postgres.sh remove FOLDER
# Local connections are trusted; those over TCP give the password "s3cret%" of user "uauth".  What is acknowledged need
# not survive a crash of the machine unless fsync=on is given.
set -euo pipefail
unset "${!PG@}"
export LC_ALL=C
bin=$(find /usr/lib/postgresql -mindepth 2 -maxdepth 2 -name bin 2>/dev/null | sort -V | tail -n1)
[ -n "$bin" ] || { echo "postgres.sh: no PostgreSQL under /usr/lib/postgresql" >&2 && exit 1; }
[ $# -ge 2 ] || { sed -n '3,9s/^# \{0,1\}//p' "$0" >&2 && exit 1; }
verb=$1 folder=$2
shift 2

as_nobody() { # the folder is that user's, too
    if [ "$(id -u)" = 0 ]; then
        (cd / && setpriv --reuid=65534 --regid=65534 --clear-groups "$@")
    else
        "$@"
    fi
}

make() {
    mkdir -p "$folder"
    [ "$(id -u)" != 0 ] || chown 65534:65534 "$folder"
    as_nobody "$bin/initdb" -D "$folder/data" -U uauth -E UTF8 --locale=C --no-sync -A trust >"$folder.log" 2>&1 ||
        { cat "$folder.log" >&2 && exit 1; }
    mv "$folder.log" "$folder/initdb.log"
    cat >>"$folder/data/postgresql.conf" <<END
listen_addresses = '127.0.0.1'
unix_socket_directories = '$folder'
fsync = off
full_page_writes = off
max_connections = 300
max_locks_per_transaction = 256
shared_buffers = 64MB
logging_collector = off
END
    printf '%s\n' 'local all all trust' 'host all all 127.0.0.1/32 scram-sha-256' >"$folder/data/pg_hba.conf"
    printf 'ALTER ROLE uauth PASSWORD '"'s3cret%%'"';\nCREATE DATABASE uauth TEMPLATE template0 STRATEGY file_copy;\n' |
        as_nobody "$bin/postgres" --single -D "$folder/data" postgres >>"$folder/initdb.log" 2>&1
}

# A port that nobody has is found by trying.
start() { # SETTING=VALUE...
    local setting options="" port tries
    [ -d "$folder/data" ] || make
    for setting in "$@"; do options+=" -c $setting"; done
    port=$(cat "$folder/port" 2>/dev/null || echo $((20000 + RANDOM % 20000)))
    for ((tries = 0; tries < 20; tries++)); do
        if as_nobody "$bin/pg_ctl" -D "$folder/data" -s -w -t 60 -l "$folder/data/server.log" \
            -o "-p $port$options" start >"$folder/start.log" 2>&1; then
            echo "$port" >"$folder/port"
            printf 'postgres:///uauth?host=%s&port=%s&user=uauth\n' "$folder" "$port"
            return
        fi
        [ ! -e "$folder/port" ] || break
        port=$((20000 + RANDOM % 20000))
    done
    cat "$folder/start.log" >&2
    tail -n 20 "$folder/data/server.log" >&2
    exit 1
}

case $verb in
start) start "$@" ;;
stop) as_nobody "$bin/pg_ctl" -D "$folder/data" -s -w -t 60 -m "${1:-fast}" stop ;;
remove)
    as_nobody "$bin/pg_ctl" -D "$folder/data" -s -w -t 60 -m immediate stop >/dev/null 2>&1 || true
    rm -rf "$folder"
    ;;
*) exit 1 ;;
esac
