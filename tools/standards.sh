#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Prints docs/standards.md: the clauses that comments in src cite, and where they are kept.
set -euo pipefail
cd "$(dirname "$0")/.."

cat <<'TEXT'
# Standards and where they are kept

Each clause that a comment of the source cites right above the line that keeps it.
Made by `tools/standards.sh`; `script/lint` checks that it is current.

| clause | files |
| --- | --- |
TEXT
git ls-files -z -- 'src/*.c' 'src/*.h' 'src/*.def' 'include/*.h' |
    xargs -0 grep -noE '(RFC [0-9]{3,5}|FIPS [0-9-]+|SP 800-[0-9A-Z]+)( [0-9A-F](\.[0-9]+)*| [0-9]+(\.[0-9]+)*)?\b' /dev/null |
    sed -E 's/^([^:]+):[0-9]+:(.*)$/\2|\1/' | sort -u | sort -t'|' -k1,1V -k2,2 |
    awk -F'|' '$1 != clause { if (clause != "") print "| " clause " | " files " |"; clause = $1; files = "" }
        { files = files (files == "" ? "" : ", ") "`" $2 "`" }
        END { if (clause != "") print "| " clause " | " files " |" }'
