#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Makes a manual page for each function of the public headers that leads to the page of its header: man uauth_verify.
#     header_aliases.sh FOLDER HEADER...     FOLDER is man3; below $MESON_INSTALL_DESTDIR_PREFIX where meson installs
set -euo pipefail
folder=${MESON_INSTALL_DESTDIR_PREFIX:+$MESON_INSTALL_DESTDIR_PREFIX/}$1
shift
mkdir -p "$folder"
for header; do
    page=$(basename "$header" .h)
    [ "$page" = uauth ] || page=uauth_$page
    # Comments name functions of other headers.
    gcc -fpreprocessed -dD -E -P -w -x c "$header" | { grep -oE '\buauth_[a-z0-9_]+ ?\(' || true; } | tr -d ' (' | sort -u |
        while read -r name; do
            [ -e "$folder/$name.3" ] || printf '.so man3/%s.3\n' "$page" >"$folder/$name.3"
        done
done
