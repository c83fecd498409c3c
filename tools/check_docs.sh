#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# The pages of docs that are made from the source, the tests and the tables of the binary are current, and no row of
# the known failures is without a test.
#     tools/check_docs.sh [--write]     --write: makes them so
set -euo pipefail
cd "$(dirname "$0")/.."
binary=build/uauth wrong=0 pages=0
fresh=$(mktemp)
trap 'rm -f "$fresh"' EXIT

page() { # FILE COMMAND...: the file holds what the command prints
    local file=$1
    shift
    "$@" >"$fresh" || { echo "$file: '$*' failed" >&2 && wrong=$((wrong + 1)) && return; }
    pages=$((pages + 1))
    cmp -s "$fresh" "$file" && return
    if [ "${write-}" ]; then
        mkdir -p "$(dirname "$file")" && cp "$fresh" "$file" && chmod 644 "$file" && echo "$file: written"
    else
        echo "$file is not current: run tools/check_docs.sh --write" >&2
        diff -u "$file" "$fresh" 2>/dev/null | sed -n 3,12p | cut -c1-200 >&2 || true
        wrong=$((wrong + 1))
    fi
}

[ "${1-}" != --write ] || write=yes
page docs/failures.md tools/failures.sh
page docs/standards.md tools/standards.sh

# The known failures of the protocol, by group and number: each has a test that names it.
held='AT 01 02 04 05 06 07 09 10 11 12 14 15 16 17 19 20 21
URI 01 02 04 05 06 07 09 10 11 12 14 15 16 17 19 20
PK 01 02 04 05 06 07 09
CD 01 02 04 05 06 07 09 10 11 12 14 15 16 17 19 20
RT 01 02 04 05 06 07 09 10 11 12 14 15 16
CL 01 02 04 05 06 07 09 10 11 12 14 15 16
DP 01 02 04 05 06 07 09 10 11 12
DV 01 02 04 05 06 07
TX 01 02 04 05 06 07
WB 01 02 04 05 06 07 08 09 10 11 12 14 15 16 17
JOSE 01 02 04 05 06 07 09 10 11 12 14 15 16 17 19 20 21 22 24 25 26 27 28 29 30 31 32 34 35 36 37
CR 01 02 04 05 06 07 08 09 10 11 12 13 14 15 16 17
SR 01 02 04 05 06 07 09 10 11 12'
on_page=$(sed -nE 's/^\| ([A-Z]+-[0-9]+) \|.*/\1/p' docs/failures.md | sort -u)
groups=$(sed -n "s/^rows='\(.*\)'$/\1/p" tools/failures.sh)
in_tree=$(git grep -ohE "(^|[^A-Za-z0-9-])$groups" -- tests 'tools/check_*.sh' | grep -oE "$groups" | sort -u)
while read -r row; do
    echo "$row: no test names it" >&2 && wrong=$((wrong + 1))
done < <(comm -23 <(awk '{ for (i = 2; i <= NF; i++) print $1 "-" $i }' <<<"$held" | sort) <(echo "$on_page"))
while read -r row; do
    echo "$row: named in $(git grep -lwe "$row" -- tests tools | head -n1), where tools/failures.sh finds no test of it" >&2 && wrong=$((wrong + 1))
done < <(comm -3 <(echo "$in_tree") <(echo "$on_page") | tr -d '\t')

# `uauth describe` names the tables, one a line; `uauth describe NAME` prints one as a page.
if [ -x "$binary" ] && "$binary" --help | grep -w describe >/dev/null; then
    tables=$("$binary" describe)
    # A table whose name has an ending is a file of that kind; the others are pages.
    for table in $tables; do page "docs/reference/$table$([[ $table == *.* ]] || echo .md)" "$binary" describe "$table"; done
    for file in docs/reference/*; do
        grep -qxF -e "$(basename "$file")" -e "$(basename "$file" .md)" <<<"$tables" || { echo "$file: describes nothing" >&2 && wrong=$((wrong + 1)); }
    done
else
    echo "docs: no $binary that describes itself; docs/reference not looked at" >&2
fi

# A link between our own pages leads somewhere.
while IFS=: read -r file target; do
    [ -e "$(dirname "$file")/${target%%#*}" ] || { echo "$file: the link to $target leads nowhere" >&2 && wrong=$((wrong + 1)); }
done < <(git ls-files -- '*.md' | xargs grep -oHE '\]\([^)#:]+(#[^)]*)?\)' | sed -E 's/\]\((.*)\)$/\1/')
[ "$wrong" = 0 ] || exit 1
echo "docs: $pages pages are current"
