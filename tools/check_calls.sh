#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# What the code may not call: in the source without its comments, and in the symbols of the release.
#     check_calls.sh [BUILD]
# IN-11: the server starts no program and no shell; one file can, for `uauth token azure` and the library, which then run the
# Azure CLI for whoever is signed in at it.  DO-10: no regular expression is run, on whatever text.
# IN-09: there is no LDAP; whoever adds it takes it out of the list and writes the test of its escaping.
# CR-01, PK-09: what could be a secret is compared in constant time.  CR-04: the server never splits in two.  ME-16: no memory is taken from the stack by a number that is not fixed.
# ME-09: no text function reads bytes, which no NUL ends.
# ME-22: what goes to the wire or the disk is written field by field; a struct has padding, and an order of bytes.
set -euo pipefail
cd "$(dirname "$0")/.."
build=${1:-build}
wrong=0
complain() { echo "$*" >&2 && wrong=$((wrong + 1)); }

# The source without comments, each line with its place.
source=$(git ls-files -z -- 'src/*.c' 'src/*.h' | xargs -0 gcc -fpreprocessed -dD -E -w -x c | awk '
    /^# [0-9]+ "/ { line = $2 - 1; file = $3; gsub("\"", "", file); next }
    { line++ } NF { print file ":" line ": " $0 }')

refuse() { # PATTERN WHY [PLACES]: nowhere but in files whose names match PLACES
    local found
    found=$(grep -E "$1" <<<"$source" | grep -vE "^(${3:-nowhere})" || true)
    [ -z "$found" ] || complain "$2:"$'\n'"$found"
}

banned='strcpy|strcat|strncat|sprintf|vsprintf|gets|strtok|atoi|atol|atof|gmtime|localtime|alloca|setjmp|longjmp|system|popen|exec[lv]p?e?|regcomp|setlocale|rand|srand|tmpnam|mktemp'
foreign='v?fork|daemon|clone3?|fexecve|execveat|execvpe|posix_spawnp|wordexp|regexec|regncomp|re_(search|match|compile_pattern)|pcre2?_[a-z0-9_]+|onig_[a-z0-9_]+|ldap_[a-z0-9_]+'
refuse "[^a-z0-9_.>](__builtin_)?($banned)\(" "functions that are not used here"
refuse "[^a-z0-9_.>](__builtin_)?($foreign)\(" "programs, regular expressions and directories are not used here"
refuse '[^a-z0-9_.>]posix_spawn\(|"client/azure_program\.h"' "programs are started for the Azure CLI alone" \
    'src/client/azure_program\.c|src/client/azure_cli\.c'
refuse '[^a-z0-9_.>](time|gettimeofday|clock_gettime)\(' "clocks are read in base/time.c" 'src/base/time\.c|src/db/sqlite_queue\.c'
refuse '[^a-z0-9_"]goto[^a-z0-9_"]' "no goto"
refuse '[^a-z0-9_.>](malloc|calloc|realloc|strdup|strndup|asprintf|free)\(' "memory comes from the arena" \
    'src/base/arena\.c|src/net/|src/db/|src/crypto/|src/client/|src/token/(keyrings|status_list)\.c|src/oauth/discovery_kept\.c|src/app/explain_log\.c'
refuse '[^a-z0-9_](memcmp|strn?cmp|bcmp|text_equal)\([^;]*([a-z]_|[^a-z_"])(secret|password|mac|hmac|csrf_token|hash|digest|token_hash|verifier|setup_code)( *,|\))' \
    "secrets are compared in constant time" 'src/base/config_check\.c'
refuse '[^a-z_](str[a-z]+|sscanf)\([^(),]*(\.|->)at( [+-][^,]*)?[,)]' "bytes are no text" 'src/base/result\.c|src/crypto/distinguished_name\.c'
refuse '[^a-z0-9_.>](p?write|writev|fwrite|send|sendto|sendmsg)\([^;]*sizeof' "no struct is written as it lies in memory" 'src/net/http_inbox\.c:[0-9]+: .*wake_fd'
refuse '"(SELECT|INSERT INTO|UPDATE|DELETE FROM|CREATE TABLE|BEGIN|COMMIT|ALTER TABLE|DROP TABLE)[ ;"\\]' "SQL lives in store" 'src/(store|db)/'

if [ -x "$build/uauth" ]; then
    symbols=$(nm -D --undefined-only "$build/uauth" | awk '{ sub("@.*", "", $NF); print $NF }' | grep -xE "$banned|$foreign" || true)
    [ -z "$symbols" ] || complain "$build/uauth calls: $symbols"
fi
[ "$wrong" = 0 ] || exit 1
echo "calls: $(wc -l <<<"$source") lines without comments"
