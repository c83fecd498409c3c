#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# What the compiler was asked for is in the release binary: position-independent, read-only relocations bound at start,
# no executable stack, canaries, checked libc calls, landing pads.     check_hardening.sh [BINARY]
# ME-04: what nobody set is zero.  ME-16: no function takes more of the stack than is known and little.
set -euo pipefail
cd "$(dirname "$0")/.."
binary=${1:-build/uauth} wrong=0
[ -x "$binary" ] || { echo "hardening: no $binary; not looked at" >&2 && exit 0; }

must_show() { # WHAT PATTERN TEXT
    grep -qE "$2" <<<"$3" || { echo "$binary: no $1" >&2 && wrong=$((wrong + 1)); }
}
headers=$(readelf -hlW "$binary") dynamic=$(readelf -dW "$binary") symbols=$(readelf --dyn-syms -W "$binary")
must_show "position independence" 'Type: +DYN' "$headers"
must_show "read-only relocations" 'GNU_RELRO' "$headers"
must_show "stack that cannot execute" 'GNU_STACK .* RW +0x' "$headers"
must_show "binding at start" '(BIND_NOW|FLAGS_1.* NOW)' "$dynamic"
must_show "stack canaries" '__stack_chk_fail' "$symbols"
must_show "checked libc calls" '__[a-z]+_chk@' "$symbols"
if grep -q 'X86-64' <<<"$headers"; then
    must_show "landing pads (endbr64)" 'endbr64' "$(objdump -d --disassemble=main "$binary")"
fi
! grep -qE '(RPATH|RUNPATH|TEXTREL)' <<<"$dynamic" || { echo "$binary: RPATH or TEXTREL" >&2 && wrong=$((wrong + 1)); }
must_show "variables that begin as zeros" 'var-init=zero' "$("$binary" --version --json)"
commands=$(dirname "$binary")/compile_commands.json
for flag in -Wvla -Walloca -Wframe-larger-than=16384 -Werror; do
    without=$(jq -r --arg flag "$flag" '.[] | select(.file | test("/src/")) | select(.command | contains(" " + $flag + " ") | not) | .file' "$commands")
    [ -z "$without" ] || { echo "not compiled with $flag: $without" >&2 && wrong=$((wrong + 1)); }
done
[ "$wrong" = 0 ] || exit 1
echo "hardening: $(grep -c '_chk@' <<<"$symbols") checked libc calls; PIE, RELRO, BIND_NOW, canaries, landing pads"
