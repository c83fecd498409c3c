#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Functions of src have at most 60 lines, 5 parameters besides the context, and 15 lines in the median; files at most 400 lines.
set -euo pipefail
cd "$(dirname "$0")/.."
wrong=0
complain() { echo "$*" >&2 && wrong=$((wrong + 1)); }

while read -r lines file; do
    [ "$file" = total ] || [ "$lines" -le 400 ] || complain "$file: $lines lines; 400 is the wall"
done < <(git ls-files -z -- 'src/*.[ch]' 'tests/*.[ch]' 'include/*.h' 'tests/*.mjs' 'tools/*.sh' script | xargs -0 wc -l)

# name, lines, parameters, file:line of every function
functions=$(git ls-files -z -- 'src/*.c' | xargs -0 ctags -x --languages=C --kinds-C=f --_xformat='%N|%n|%e|%S|%F' | awk -F'|' '{
    # The context, also the one of a callback, and the place that a macro adds, do not count.
    gsub("struct ctx \\* c,|void \\* arg,|,void \\* arg|const char \\* file,int line,?|,\\.\\.\\.", "", $4)
    depth = 0; parameters = $4 == "(void)" || $4 == "()" ? 0 : 1
    for (i = 1; i <= length($4); i++) {
        letter = substr($4, i, 1)
        if (letter == "(") depth++
        if (letter == ")") depth--
        if (letter == "," && depth == 1) parameters++
    }
    print $1, $3 - $2 + 1, parameters, $5 ":" $2 }')
[ -n "$functions" ] || { echo "ctags found no function in src" >&2 && exit 1; }
while read -r name lines parameters where; do
    [ "$lines" -le 60 ] || complain "$where: $name has $lines lines; 60 is the wall"
    [ "$parameters" -le 5 ] || complain "$where: $name has $parameters parameters; 5 at most, then a struct"
done <<<"$functions"

median=$(awk '{ print $2 }' <<<"$functions" | sort -n | awk '{ at[NR] = $1 } END { print at[int((NR + 1) / 2)] }')
[ "$median" -le 15 ] || complain "the median function has $median lines; 15 at most"
[ "$wrong" = 0 ] || exit 1
echo "sizes: $(wc -l <<<"$functions") functions, median $median lines, longest $(awk '{ print $2 }' <<<"$functions" | sort -n | tail -n1)"
