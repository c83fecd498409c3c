#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Writes the C file that holds the files given, so that they travel in the binary:
#     embed_files.sh schema OUT.c 0001_first.sql ...   the numbered migrations, in their order
#     embed_files.sh web OUT.c pages/frame.html ...    pages and assets, by name, each with its digest
#     embed_files.sh passwords OUT.c list.txt          the lines of a list that are no comments
set -eu
what=$1 out=$2
shift 2

literal() { # the text of a file as C string literals, one a line
    awk '{ gsub(/\\/, "\\\\"); gsub(/"/, "\\\""); gsub(/\?/, "\\?"); print "    \"" $0 "\\n\"" }' "$1"
}

schema() {
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
        literal "$file"
        echo '},'
    done
    echo '};'
    echo 'static const struct migrations schema = { files, sizeof files / sizeof *files };'
    echo 'const struct migrations *store_schema(void)'
    echo '{'
    echo '    return &schema;'
    echo '}'
}

web() {
    echo '/* Made from the files in src/web/pages and src/web/assets. */'
    echo '#include "web/embedded.h"'
    echo 'static const struct embedded files[] = {'
    for file; do
        digest=$(sha256sum <"$file" | cut -c1-16)
        echo "{ .name = \"$(basename "$(dirname "$file")")/$(basename "$file")\", .digest = \"$digest\", .text ="
        literal "$file"
        echo '},'
    done
    echo '};'
    echo 'const struct embedded *embedded_files(size_t *n)'
    echo '{'
    echo '    *n = sizeof files / sizeof *files;'
    echo '    return files;'
    echo '}'
}

passwords() {
    echo '/* Made from src/identity/known_passwords.txt. */'
    echo '#include "identity/known_passwords.h"'
    echo 'static const char lines[] ='
    literal "$1" | grep -v '^    "#'
    echo ';'
    echo 'struct bytes known_passwords(void)'
    echo '{'
    echo '    return (struct bytes){ (const uint8_t *)lines, sizeof lines - 1 };'
    echo '}'
}

case $what in
schema) schema "$@" >"$out" ;;
web) web "$@" >"$out" ;;
passwords) passwords "$@" >"$out" ;;
*) echo "what is to be embedded: schema, web or passwords, not $what" >&2 && exit 1 ;;
esac
