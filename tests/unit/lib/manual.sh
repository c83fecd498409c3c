#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# The manual pages of the library are well formed, and every function that it shows is in one.
#     manual.sh NAMES PAGE...
set -euo pipefail
names=$1
shift
for page; do
    warnings=$(LC_ALL=C.UTF-8 MANROFFSEQ='' man --warnings -E UTF-8 -l -Tutf8 -Z "$page" 2>&1 >/dev/null)
    [ -z "$warnings" ] || { echo "$page: $warnings" >&2 && exit 1; }
done
text=$(cat "$@" | tr -d '\134')
missing=$(cut -d' ' -f1 "$names" | while read -r name; do grep -q "\b$name(" <<<"$text" || echo "$name"; done)
[ -z "$missing" ] || { echo "in no manual page: $missing" >&2 && exit 1; }
echo "$# pages"
