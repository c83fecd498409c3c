#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# The rooms stand in a row, and each uses only itself and those to its left; no header includes itself by detours.
set -euo pipefail
cd "$(dirname "$0")/.."
read -ra rooms < <(sed -n "s/^rooms = \[\(.*\)\]/\1/p" meson.build | tr -d "',")
[ ${#rooms[@]} -gt 0 ] || { echo "meson.build has no line 'rooms = [...]'" >&2 && exit 1; }
declare -A place=() # how many rooms stand to the left of a room
for room in "${rooms[@]}"; do place[$room]=${#place[@]}; done

# Every include of ours as "file header".
includes=$(grep -rnoE --include='*.[ch]' --include='*.def' '^ *# *include +"[^"]+"' src include |
    sed -E 's/^([^:]+):([0-9]+):[^"]*"([^"]+)"/\1 \3 \2/')

wrong=0
complain() { echo "$*" >&2 && wrong=$((wrong + 1)); }
while read -r file header line; do
    [ -n "$file" ] || continue
    room=${file#src/} room=${room%%/*} used=${header%%/*}
    [[ $file == src/*/* && $header == */* ]] || continue
    [ -n "${place[$room]-}" ] || { complain "$file: no room is called $room" && continue; }
    [[ $used == uauth || -n ${place[$used]-} ]] || { complain "$file:$line: no room is called $used" && continue; }
    [[ $used == uauth || ${place[$used]} -le ${place[$room]} ]] || complain "$file:$line: $room may not use $used ($header)"
    if [[ $header =~ ^net/http_(message|server|parser)\.h$ && $room =~ ^(db|store|identity|token)$ ]]; then
        complain "$file:$line: $room may not see a request ($header)"
    fi
done <<<"$includes"

circles=$(awk '$1 ~ /\.h$/ { sub("^src/", "", $1); print $1, $2 }' <<<"$includes" | tsort 2>&1 >/dev/null || true)
[ -z "$circles" ] || complain "headers include each other in a circle: ${circles//tsort: /}"
[ "$wrong" = 0 ] || exit 1
echo "layers: $(wc -l <<<"$includes") includes, each of its own room or one to the left; no circle"
