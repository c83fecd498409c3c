#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Makes a manual page of a part of the public header: its comments are the text, its declarations what they are about.
#     header_man.sh HEADER VERSION      writes to standard output
set -euo pipefail
header=$1 version=$2
name=$(basename "$header" .h)
[ "$name" = uauth ] || name=uauth_$name
# What the page is called beside its own name: each function.
functions=$(grep -oE '\buauth_[a-z0-9_]+\(' "$header" | grep -vE '^ \*' | tr -d '(' | sort -u | grep -vx "$name" || true)

parts=$(sed -n 's,^#include <uauth/\(.*\)\.h>,uauth_\1,p' "$header" | tr '\n' ' ')

awk -v parts="$parts" -v name="$name" -v version="$version" -v functions="${functions//$'\n'/ }" '
function escaped(text) {
    gsub(/\\/, "\\e", text); gsub(/-/, "\\-", text); sub(/^[.'"'"']/, "\\\\\\&&", text)
    return text
}
# The paragraphs of a comment; lines that are indented are shown as they are.
function say(text,    lines, n, i, line, inside) {
    n = split(text, lines, "\n"); inside = 0
    for (i = 1; i <= n; i++) {
        line = lines[i]
        if (line ~ /^    / && !inside) { print ".PP\n.RS 4\n.nf"; inside = 1 }
        else if (line !~ /^    / && line != "" && inside) { print ".fi\n.RE\n.PP"; inside = 0 }
        if (inside) print escaped(substr(line, 5))
        else if (line ~ /^- /) print ".IP \\(bu 2\n" escaped(substr(line, 3))
        else if (line == "") { if (i < n) print ".PP" }
        else print escaped(line)
    }
    if (inside) print ".fi\n.RE"
}
function begin(text,    first) {
    first = text; gsub(/\n/, " ", first); sub(/[.:;].*/, "", first)
    print ".TH " toupper(name) " 3 \"\" \"libuauth " version "\" \"Library Functions\""
    print ".SH NAME"
    n = split(functions, all, " ")
    list = name
    for (i = 1; i <= n; i++) list = list ", " all[i]
    print escaped(list) " \\- " escaped(tolower(substr(first, 1, 1)) substr(first, 2))
    print ".SH SYNOPSIS\n.nf\n#include <uauth/uauth.h>\n.sp\ncc program.c $(pkg\\-config \\-\\-cflags \\-\\-libs uauth)\n.fi"
    print ".SH DESCRIPTION"
    say(text)
    begun = 1
}
function flush_code() {
    if (code != "") { print ".PP\n.nf\n\\fB" code "\\fR\n.fi" }
    if (comment != "") { if (code != "") print ".RS 4"; else print ".PP"; say(comment); if (code != "") print ".RE" }
    code = ""; comment = ""
}
/^\/\* SPDX/ || /^#(ifndef|define UAUTH_[A-Z_]*H$|define UAUTH_API|ifdef|endif|include)/ || /^(extern "C" \{|\})$/ { next }
# A comment that stands by itself.
!in_comment && code == "" && /^\/\*/ {
    flush_code()
    text = $0; sub(/^\/\* ?/, "", text); in_comment = 1; body = ""
    if (text ~ /\*\/$/) { sub(/ ?\*\/$/, "", text); body = text; in_comment = 0; ended() ; next }
    if (text != "") body = text
    next
}
in_comment {
    text = $0; last = text ~ /\*\/$/
    sub(/^ \* ?/, "", text); sub(/ ?\*\/$/, "", text)
    if (!(last && (text == "" || text == "/"))) body = body (body == "" ? "" : "\n") text
    if (last) { in_comment = 0; ended() }
    next
}
function ended(    title) {
    if (!begun) { begin(body); comment = ""; return }
    if (body ~ /^---- /) {
        title = body; sub(/^---- /, "", title); sub(/ ----.*/, "", title)
        print ".SS " toupper(substr(title, 1, 1)) substr(title, 2)
        sub(/^---- [^\n]* ----\n?\n?/, "", body)
        if (body != "") say(body)
        return
    }
    comment = body
}
/^$/ { flush_code(); next }
{
    line = $0; sub(/^UAUTH_API /, "", line)
    code = code (code == "" ? "" : "\n") escaped(line)
}
END {
    flush_code()
    print ".SH SEE ALSO"
    n = split(parts, all, " ")
    for (i = 1; name == "uauth" && i <= n; i++) print ".BR " escaped(all[i]) " (3),"
    print name == "uauth" ? ".BR uauth (1)" : ".BR uauth (3)"
}' "$header"
