#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# What the libraries show: the names of the golden, with their version, and nothing else; and what they bring along.
#     symbols.sh SHARED STATIC GOLDEN       (GOLDEN_WRITE=1 writes the golden)
set -euo pipefail
shared=$1 static=$2 golden=$3
names=$(nm -D --defined-only "$shared" | awk '$2 != "A" { sub("@@", " ", $3); print $3 }' | sort)
if [ -n "${GOLDEN_WRITE-}" ]; then
    printf '%s\n' "$names" >"$golden"
fi
diff "$golden" <(printf '%s\n' "$names")
# The static one has the same names; a sanitizer's own are not ours.
diff <(cut -d' ' -f1 "$golden") <(nm -g --defined-only "$static" | awk 'NF == 3 { print $3 }' | grep -vE '^_*(asan|odr|__)' | sort)
if readelf -d "$shared" | sed -n 's/.*NEEDED.*\[\(.*\)\]/\1/p' |
    grep -vE '^(lib(crypto|ssl)\.so\.3|libz\.so\.1|libc\.so\.6|libgcc_s\.so\.1|lib(a|t|ub)san\.so\.[0-9]+|ld-linux.*)$'; then
    echo "the library needs these as well" >&2
    exit 1
fi
echo "ok 1 - $(wc -l <"$golden") names"
