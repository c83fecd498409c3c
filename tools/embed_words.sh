#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Writes the C file that holds the lines of a list, without its comments: embed_words.sh out.c list.txt
set -eu
{
    echo '/* Made from src/identity/known_passwords.txt. */'
    echo '#include "identity/known_passwords.h"'
    echo 'static const char lines[] ='
    awk '!/^#/ { gsub(/\\/, "\\\\"); gsub(/"/, "\\\""); gsub(/\?/, "\\?"); print "    \"" $0 "\\n\"" }' "$2"
    echo ';'
    echo 'struct bytes known_passwords(void)'
    echo '{'
    echo '    return (struct bytes){ (const uint8_t *)lines, sizeof lines - 1 };'
    echo '}'
} >"$1"
