#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# A bare Debian 12 in FOLDER, from the archive that this machine uses; one that is there already stays as it is.  As root.
#     tools/bare_debian.sh FOLDER [OPTION of debootstrap]...
set -euo pipefail
folder=$(realpath -m "$1")
shift
[ ! -x "$folder/bin/bash" ] || exit 0
mirror=$(grep -rhoE '^(URIs: |deb )[^#]*https?://[^ ]+' /etc/apt/sources.list /etc/apt/sources.list.d/{debian.sources,*.list} 2>/dev/null |
    grep -oE 'https?://[^ ]+' | grep -v snapshot | head -n1 || true)
[ -n "$mirror" ] || { echo "no archive in /etc/apt" >&2 && exit 1; }
# It has its name when it is whole: what was ended amid this is begun again.
rm -rf --one-file-system "$folder.new"
mkdir -p "$(dirname "$folder")"
debootstrap --variant=minbase "$@" bookworm "$folder.new" "$mirror" >"$folder.log" 2>&1 || { cat "$folder.log" >&2 && exit 1; }
rm -f "$folder.log"
mv -T "$folder.new" "$folder"
