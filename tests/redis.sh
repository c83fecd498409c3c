#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# A Redis server of the tests' own: in FOLDER, on a Unix socket there and on a free port of 127.0.0.1; keeps nothing on
# disk.
#     redis.sh start FOLDER [SETTING=VALUE]...   starts it, or starts it again; prints the URL of its port
#     redis.sh do FOLDER COMMAND [WORD]...       what redis-cli does, over the socket
#     redis.sh pid FOLDER
#     redis.sh stop FOLDER                       at once, as a crash would; it can be started again
#     redis.sh remove FOLDER
set -euo pipefail
unset "${!REDIS@}"
[ $# -ge 2 ] || { sed -n '3,10s/^# \{0,1\}//p' "$0" >&2 && exit 1; }
verb=$1 folder=$2
shift 2

say() { # to the server, over its socket
    redis-cli -s "$folder/socket" "$@"
}

# Whether it answers, be it that somebody has to sign in first.
answers() {
    say ping 2>/dev/null | grep -qE '^(PONG|NOAUTH|LOADING)'
}

# A port that nobody has is found by trying.
start() { # SETTING=VALUE...
    local setting options=() port tries
    for setting in "$@"; do options+=("--${setting%%=*}" "${setting#*=}"); done
    port=$(cat "$folder/port" 2>/dev/null || echo $((20000 + RANDOM % 20000)))
    for ((tries = 0; tries < 20; tries++)); do
        : >"$folder/log"
        redis-server --port "$port" --bind 127.0.0.1 --unixsocket "$folder/socket" --dir "$folder" --save '' \
            --appendonly no --daemonize yes --pidfile "$folder/pid" --logfile "$folder/log" "${options[@]}" >/dev/null
        for _ in {1..200}; do
            if answers; then
                echo "$port" >"$folder/port"
                printf 'redis://127.0.0.1:%s\n' "$port"
                return
            fi
            ! grep -qiE 'already in use|fatal|could not create' "$folder/log" || break
            sleep 0.02
        done
        [ ! -e "$folder/port" ] || sleep 0.1
        [ -e "$folder/port" ] || port=$((20000 + RANDOM % 20000))
    done
    cat "$folder/log" >&2
    exit 1
}

stop() {
    local pid
    pid=$(cat "$folder/pid" 2>/dev/null) || return 0
    kill -KILL "$pid" 2>/dev/null || true
    # One that nobody has buried yet has let go of everything, too.
    while grep -qs '^State:.[^ZX]' "/proc/$pid/status"; do sleep 0.005; done
    rm -f "$folder/pid" "$folder/socket"
}

case $verb in
start)
    mkdir -p "$folder"
    start "$@"
    ;;
do) say "$@" ;;
pid) cat "$folder/pid" ;;
stop) stop ;;
remove)
    stop
    rm -rf "$folder"
    ;;
*) exit 1 ;;
esac
