#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# SU-09: the same commit makes the same bytes, whoever builds it: two clones in folders of different names and depths,
# built one after the other, are compared byte by byte.     check_reproducible.sh [FOLDER]
set -euo pipefail
cd "$(dirname "$0")/.."
source=$PWD
folder=$(mktemp -d "${1:-${TMPDIR:-/tmp}}/uauth-twice-XXXXXX")
trap 'rm -rf "$folder"' EXIT

build() { # CLONE BUILD: without what a cache may have kept from another folder
    git clone --quiet --shared "$source" "$1"
    git -C "$1" -c advice.detachedHead=false checkout --quiet "$(git rev-parse HEAD)"
    CCACHE_DISABLE=1 meson setup "$2" "$1" >"$2.log" 2>&1 || { cat "$2.log" >&2 && return 1; }
    CCACHE_DISABLE=1 ninja -C "$2" uauth >"$2.log" 2>&1 || { tail -n 30 "$2.log" >&2 && return 1; }
}
build "$folder/one" "$folder/one/build"
mkdir -p "$folder/deeper/by/far"
build "$folder/deeper/by/far/two" "$folder/output"

first=$(sha256sum <"$folder/one/build/uauth") second=$(sha256sum <"$folder/output/uauth")
[ "$first" = "$second" ] || {
    echo "two builds of $(git rev-parse --short HEAD) differ:" >&2
    cmp -l "$folder/one/build/uauth" "$folder/output/uauth" | wc -l >&2
    exit 1
}
echo "reproducible: two builds in two folders are ${first%% *}"
