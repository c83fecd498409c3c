#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Writes the C file that holds the numbered SQL files given, in their order: embed_sql.sh out.c 0001_first.sql ...
set -eu
out=$1
shift
{
    echo '/* Made from the files in src/store/schema. */'
    echo '#include "store/schema.h"'
    echo 'static const struct migration files[] = {'
    number=0
    for file; do
        number=$((number + 1))
        name=$(basename "$file" .sql)
        case $name in
        "$(printf %04d "$number")"_*) ;;
        *) echo "$file: the number should be $number" >&2 && exit 1 ;;
        esac
        echo "{ .number = $number, .name = \"$name\", .sql ="
        awk '{ gsub(/\\/, "\\\\"); gsub(/"/, "\\\""); print "    \"" $0 "\\n\"" }' "$file"
        echo '},'
    done
    echo '};'
    echo 'static const struct migrations schema = { files, sizeof files / sizeof *files };'
    echo 'const struct migrations *store_schema(void)'
    echo '{'
    echo '    return &schema;'
    echo '}'
} >"$out"
