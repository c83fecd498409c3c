#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# The manual pages of the library are well formed, every function that it shows is in one, and leads to it by its name.
#     manual.sh NAMES HEADERS PAGE...
set -euo pipefail
names=$1 headers=$2
shift 2
for page; do
    warnings=$(LC_ALL=C.UTF-8 MANROFFSEQ='' man --warnings -E UTF-8 -l -Tutf8 -Z "$page" 2>&1 >/dev/null)
    [ -z "$warnings" ] || { echo "$page: $warnings" >&2 && exit 1; }
done
text=$(cat "$@" | tr -d '\134')
missing=$(cut -d' ' -f1 "$names" | while read -r name; do grep -q "\b$name(" <<<"$text" || echo "$name"; done)
[ -z "$missing" ] || { echo "in no manual page: $missing" >&2 && exit 1; }

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cp "$@" "$folder"
env -u MESON_INSTALL_DESTDIR_PREFIX "$headers/../../tools/header_aliases.sh" "$folder" "$headers"/*.h
cut -d' ' -f1 "$names" | while read -r name; do
    page=$(sed -n 's,^\.so man3/,,p' "$folder/$name.3")
    tr -d '\134' <"$folder/${page:-$name.3}" | grep "\b$name(" >/dev/null || { echo "man $name leads to no page with it" >&2 && exit 1; }
done
echo "ok 1 - $# pages"
