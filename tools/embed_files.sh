#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Writes the C file that holds the files given, so that they travel in the binary:
#     embed_files.sh schema OUT.c 0001_first.sql ...   the numbered migrations, in their order, each with its digest; packed, without comments and indents
#     embed_files.sh web OUT.c pages/frame.html ...    pages and assets, by name, each with its digest; style sheets without comments
#     embed_files.sh passwords OUT.c list.txt          the lines of a sorted list that are no comments, packed
set -eu
what=$1 out=$2
shift 2

literal() { # the text of a file, or of what comes in, as C string literals, one a line
    awk '{ gsub(/\\/, "\\\\"); gsub(/"/, "\\\""); gsub(/\?/, "\\?"); print "    \"" $0 "\\n\"" }' "$@"
}

# The texts, each with a zero at its end.
texts() {
    for file; do
        sed -e '/^--/d' -e 's/^ *//' -e '/^$/d' "$file"
        printf '\0'
    done
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
        echo "{ .number = $number, .name = \"$name\", .sha256 = \"$(sha256sum <"$file" | cut -c1-64)\" },"
    done
    echo '};'
    echo 'static const uint8_t packed[] = {'
    texts "$@" | gzip -9n | od -An -v -tx1 | sed 's/ \(..\)/0x\1,/g'
    echo '};'
    echo 'static const struct migrations schema = {'
    echo "    files, sizeof files / sizeof *files, { packed, sizeof packed }, $(texts "$@" | wc -c)"
    echo '};'
    echo 'const struct migrations *store_schema(void)'
    echo '{'
    echo '    return &schema;'
    echo '}'
}

# Without comments, and without the white space that means nothing.
style() {
    sed -e '/^\/\*.*\*\/$/d' -e '/^\/\*$/,/^ \*\/$/d' -e 's/^ *//' -e '/^$/d' -e 's/: /:/g' -e 's/ {$/{/' "$1" |
        awk '{ printf "%s%s", $0, /[{};,]$/ ? "" : "\n" }' | sed "s/;}/}/g"
}

web() {
    echo '/* Made from the files in src/web/pages and src/web/assets. */'
    echo '#include "web/embedded.h"'
    echo 'static const struct embedded files[] = {'
    for file; do
        digest=$(sha256sum <"$file" | cut -c1-16)
        echo "{ .name = \"$(basename "$(dirname "$file")")/$(basename "$file")\", .digest = \"$digest\", .text ="
        case $file in
        *.css) style "$file" | literal ;;
        *) literal "$file" ;;
        esac
        echo '},'
    done
    echo '};'
    echo 'const struct embedded *embedded_files(size_t *n)'
    echo '{'
    echo '    *n = sizeof files / sizeof *files;'
    echo '    return files;'
    echo '}'
}

# identity/known_passwords.h says what the codes mean.
pack() {
    LC_ALL=C awk '
    !/^#/ { word[n++] = $0 }
    END {
        for (i = 0; i < n; i++) {
            if (word[i] "" <= word[i - 1] "" || length(word[i]) > 32 || word[i] ~ /[^!-~]/)
                exit 1
            shared[i] = 0
            while (i % 64 && shared[i] < 20 && substr(word[i], shared[i] + 1, 1) == substr(word[i - 1], shared[i] + 1, 1))
                shared[i]++
            rest[i] = substr(word[i], shared[i] + 1)
            for (k = 1; k <= length(rest[i]); k++) {
                used[substr(rest[i], k, 1)]
                if (k < length(rest[i]))
                    often[substr(rest[i], k, 2)]++
            }
        }
        printf "static const char codes[] = \""
        for (code = 32; code < 256; code++) {
            best = ""
            letter = sprintf("%c", code)
            if (code < 127 && letter in used) {
                printf "%s\\000", quoted(letter)
                continue
            }
            for (pair in often)
                if (best == "" || often[pair] > often[best] || (often[pair] == often[best] && pair < best))
                    best = pair
            delete often[best]
            codes[best] = code
            printf "%s", quoted(substr(best, 1, 1)) quoted(substr(best, 2, 1))
        }
        printf "\";\nstatic const uint8_t words[] ="
        for (i = 0; i < n; i++) {
            printf "%s\\%03o", i % 64 ? "" : (i ? "\"" : "") "\n    \"", i % 64 ? 11 + shared[i] : 10
            for (k = 1; k <= length(rest[i]); k++)
                if (substr(rest[i], k, 2) in codes)
                    printf "\\%03o", codes[substr(rest[i], k++, 2)]
                else
                    printf "%s", quoted(substr(rest[i], k, 1))
        }
        print "\";"
    }
    function quoted(letter) { return letter ~ /[\\"?]/ ? "\\" letter : letter }' "$1"
}

passwords() {
    echo '/* Made from src/identity/known_passwords.txt. */'
    echo '#include "identity/known_passwords.h"'
    pack "$1"
    echo 'struct known_passwords known_passwords(void)'
    echo '{'
    echo '    return (struct known_passwords){ { words, sizeof words - 1 }, codes };'
    echo '}'
}

case $what in
schema) schema "$@" >"$out" ;;
web) web "$@" >"$out" ;;
passwords) passwords "$@" >"$out" ;;
*) echo "what is to be embedded: schema, web or passwords, not $what" >&2 && exit 1 ;;
esac
