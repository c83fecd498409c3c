#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# No writable variable outlives a function: the object files of the release hold nothing in .data, .bss or their
# thread-local twins. (.data.rel.ro is constant once the loader is done.)  And no name that other files see is given
# twice: of two in one archive the linker takes whichever comes first.     check_globals.sh [BUILD]
set -euo pipefail
cd "$(dirname "$0")/.."
build=${1:-build}
mapfile -t objects < <(find "$build" -path '*uauth*.p/*' -name '*.o')
[ ${#objects[@]} -gt 0 ] || { echo "$build has no object files: run script/build first" >&2 && exit 1; }

found=$(objdump -t "${objects[@]}" | awk '
    /file format/ { file = $1; sub(":$", "", file) }
    # address, flags, section, size, name: an object (O) in a writable section
    / O (\.t?data|\.t?bss|\*COM\*)/ && !/ O \.data\.rel\.ro/ { print file ": " $NF }')
if [ -n "$found" ]; then
    printf 'writable globals:\n%s\n' "$found" >&2
    exit 1
fi
twice=$(find "$build" -path '*libuauth_*.a.p/*' -name '*.o' ! -path '*libuauth_lib.a.p/*' -print0 |
    xargs -0 nm -g --defined-only | awk 'NF == 3 && $2 ~ /[A-Z]/ { print $3 }' | sort | uniq -d)
if [ -n "$twice" ]; then
    printf 'defined in two files:\n%s\n' "$twice" >&2
    exit 1
fi
echo "globals: none in ${#objects[@]} object files"
