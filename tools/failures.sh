#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Prints docs/failures.md: which test holds which known way to fail. A test names the rows in the comment directly
# above it, in a comment of its body, or (.mjs) in its title; a check of the code (tools/check_*.sh) and a soak in its
# head.
set -euo pipefail
cd "$(dirname "$0")/.."
rows='(AT|AU|AZ|CD|CL|CR|DO|DP|DV|EN|HH|HT|IN|JOSE|ME|MF|PK|PR|R|RL|RT|SD|SR|SS|SU|TN|TX|URI|WA|WB|INV)-[0-9]+'

cat <<'TEXT'
# Known failures and the tests that hold them

Each row names one way in which systems of this kind have failed, and a test here that fails if this one does.
Made by `tools/failures.sh`; `script/lint` checks that it is current.

| row | test | file |
| --- | --- | --- |
TEXT
git ls-files -- 'tests/*.c' 'tests/*.mjs' 'tools/check_*.sh' | while read -r file; do
    awk -v rows="$rows" -v file="$file" '
        function ids(text,   rest) {
            rest = text
            while (match(rest, "(^|[^A-Za-z0-9-])" rows)) {
                id = substr(rest, RSTART, RLENGTH); sub("^[^A-Z]", "", id)
                rest = substr(rest, RSTART + RLENGTH)
                if (inside != "") print id "|" inside "|" file; else pending[id] = 1
            }
        }
        function settle(name,   id) {
            inside = name
            for (id in pending) print id "|" inside "|" file
            delete pending
        }
        FNR == 1 && file ~ /\.sh$|^tests\/soak\// { name = file; sub(".*/", "", name); settle("`" name "`") }
        /^#/ && file ~ /\.sh$/ { ids($0) }
        /^static void [a-z0-9_]+\(void \*\*/ { name = $3; sub("\\(.*", "", name); settle("`" name "`") }
        /^[ ]*(await )?(test|it)\(/ { name = $0; sub("^[^`\047\"]*[`\047\"]", "", name); sub("[`\047\"],.*$", "", name); gsub("\\|", "/", name); gsub(/\\/, "", name); settle(name) }
        /\/\*|^ *\*|\/\/|^[ ]*(await )?(test|it)\(/ { ids($0) }
        /^}/ { inside = ""; if (!/;$/) delete pending }' "$file"
done | sort -t'|' -k1,1V -k3,3 -k2,2 -u | sed 's/|/ | /g; s/.*/| & |/'
cat <<'TEXT'

## Rows without a test

- EN-06, WA-01, WA-02, WA-04 to WA-07, WA-09 to WA-12: there are no passkeys, and so no list of them, no challenge and no CBOR.
- SD-01, SD-02, SD-04 to SD-07, SD-09, SD-11, SD-12, SD-14, SD-19 to SD-21, SD-24, SD-25: faults of the code that this
  replaces; each names the rows above that hold it here. Of SD-12 the rules of composition are a setting that is on (`docs/guide/configuration.md`).
- INV-6 to INV-9: how tests are made, not what fails: the event beside each refusal (`tests/flow`), times that
  `script/bench --only timing` measures, connections that nobody expects (`tests/wire`), and the right value beside each wrong one.
TEXT
