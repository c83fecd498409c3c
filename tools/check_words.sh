#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Names and first lines: a licence on each source file, no folder or file with a name that says nothing, nothing left
# for later, no address of a package registry in the lock file.
set -euo pipefail
cd "$(dirname "$0")/.."
wrong=0
complain() { echo "$*" >&2 && wrong=$((wrong + 1)); }

# In the first line, or after that of the interpreter.
unlicensed=$(git ls-files -- '*.c' '*.h' '*.def' '*.in' '*.sh' '*.mjs' '*.py' '*.lua' '*.sql' script .ci | grep -v '\.txt$' | xargs -d '\n' awk '
    FNR == 1 { begun = 0 }
    /SPDX-License-Identifier: Apache-2\.0/ && (FNR == 2 || !begun) { licensed[FILENAME] }
    !/^#!/ { begun = 1 }
    FNR > 1 && begun { nextfile }
    END { for (i = 1; i < ARGC; i++) if (!(ARGV[i] in licensed)) print ARGV[i] }') || complain "not every file could be read"
for file in $unlicensed; do complain "$file: the first line is not the licence's"; done

while read -r file; do
    complain "$file: a name that says what it is, please"
done < <(git ls-files | grep -iE '(^|[/_.-])(utils?|helpers?|common|misc|managers?)([/_.-]|$)')

while read -r line; do
    complain "$line: nothing is left for later"
done < <(git grep -nwE 'TODO|FIXME|XXX|HACK' -- src include tests script examples bench docs ':!tests/fuzz/corpus' ':!tests/package-lock.json' || true)

! grep -q '"resolved"' tests/package-lock.json || complain "tests/package-lock.json names a registry: remove \"resolved\""
[ "$wrong" = 0 ] || exit 1
echo "words: $(git ls-files | wc -l) files"
