#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# The newcomer's way on a bare Debian 12: a fresh chroot, a clone of the last commit, then the scripts as they are.
# As root.   tools/chroot_test.sh [FOLDER [COMMAND]...]     FOLDER is kept for the next time if it is given.
set -euo pipefail
cd "$(dirname "$0")/.."
[ "$(id -u)" = 0 ] || { echo "a chroot needs root" >&2 && exit 1; }
folder=${1-} kept=${1-}
shift || true
[ -n "$folder" ] || folder=$(mktemp -d /tmp/uauth-chroot-XXXXXX)
[ $# -gt 0 ] || set -- script/build "script/test unit fuzz-replay"

leave() {
    for mounted in dev proc; do ! mountpoint -q "$folder/$mounted" || umount -l "$folder/$mounted"; done
    [ -n "$kept" ] || rm -rf --one-file-system "$folder"
}
trap leave EXIT

tools/bare_debian.sh "$folder"
cp /etc/apt/sources.list.d/debian.sources "$folder/etc/apt/sources.list.d/" 2>/dev/null && rm -f "$folder/etc/apt/sources.list"
cp -L /etc/resolv.conf /etc/hosts "$folder/etc/"
# Authorities of this machine, should its way out need its own.
mkdir -p "$folder/usr/local/share" && cp /etc/ssl/certs/ca-certificates.crt "$folder/usr/local/share/machine-ca.pem"
mount --bind /dev "$folder/dev"
mount -t proc proc "$folder/proc"
rm -rf "$folder/root/uauth"
git clone -q --no-hardlinks . "$folder/root/uauth"
for command; do
    started=$SECONDS
    echo "· $command" >&2
    env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root LANG=C.UTF-8 CI=true TERM=dumb \
        NODE_EXTRA_CA_CERTS=/usr/local/share/machine-ca.pem \
        chroot "$folder" bash -c "cd /root/uauth && $command" </dev/null
    echo "· $command: $((SECONDS - started)) s" >&2
done
