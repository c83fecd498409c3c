#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# The image of packaging/Containerfile, built by buildah on a bare Debian 12 in place of the base image, and run as a
# container platform would: with a read-only root, as its own user, without capabilities.  As root; needs the archive.
#     packaging/test_image.sh FOLDER     FOLDER is a bare Debian that is kept for the next time
. "$(dirname "$0")/../script/steps.sh"
base=$(realpath -m "$1")
[ "$(id -u)" = 0 ] || give_up "a chroot needs root"
for tool in buildah debootstrap; do command -v "$tool" >/dev/null || give_up "there is no $tool"; done
work=$(mktemp -d /tmp/uauth-image-XXXXXX) shown=0
export STORAGE_DRIVER=vfs BUILDAH_ISOLATION=chroot CONTAINERS_STORAGE_CONF=$work/storage.conf
printf '[storage]\ndriver = "vfs"\nrunroot = "%s/run"\ngraphroot = "%s/images"\n' "$work" "$work" >"$work/storage.conf"

leave() {
    # Only what is below this folder.
    buildah rm --all >/dev/null 2>&1 || true
    rm -rf --one-file-system "$work"
}
trap leave EXIT

show() { # WHAT COMMAND...
    local what=$1
    shift
    "$@" >"$work/output" 2>&1 || { cat "$work/output" >&2 && give_up "not so: $what"; }
    shown=$((shown + 1))
    say "$what"
}

base_image() {
    local container
    container=$(buildah from scratch) && tar -C "$base" --exclude='./proc/*' --exclude='./sys/*' --exclude='./dev/*' -cf "$work/base.tar" . &&
        buildah add -q "$container" "$work/base.tar" / && buildah commit -q "$container" localhost/debian:12-slim && rm "$work/base.tar"
}
# From the last commit, as a clone has it.
image() {
    git clone -q --no-hardlinks . "$work/source" &&
        (cd "$work/source" && buildah bud -f packaging/Containerfile --build-arg BASE=localhost/debian:12-slim --format docker -t uauth .)
}
promises() {
    local config
    config=$(buildah inspect --type image --format '{{.Docker.Config.User}} {{.Docker.Config.StopSignal}} {{.Docker.Config.Healthcheck.Test}} {{.Docker.Config.Entrypoint}} {{.Docker.Config.Volumes}}' localhost/uauth)
    echo "$config"
    [ "$config" = '10001:10001 SIGTERM [CMD /usr/bin/uauth health] [/usr/bin/uauth] map[/var/lib/uauth:{}]' ]
}

# shellcheck disable=SC2016 # expanded by the inner shell
life='
    set -e
    tree=$1 volume=$2
    mount --bind "$tree" "$tree"
    mount --bind "$volume" "$tree/var/lib/uauth"
    mount -t proc proc "$tree/proc"
    mount --bind /dev "$tree/dev"
    mount -o remount,bind,ro "$tree"
    as=(chroot "$tree" /usr/bin/setpriv --reuid 10001 --regid 10001 --clear-groups --bounding-set=-all --no-new-privs)
    inside() { "${as[@]}" "$@"; }
    export AUTH_DATA_DIR=/var/lib/uauth AUTH_LISTEN=0.0.0.0:8080
    ended=0 && inside /usr/bin/uauth serve || ended=$?
    [ "$ended" = 2 ] || { echo "without a public address it ended with $ended" && exit 1; }
    export AUTH_PUBLIC_URL=https://auth.example.com AUTH_TRUSTED_PROXIES=10.0.0.0/8 AUTH_LISTEN=unix:/var/lib/uauth/socket
    ! inside /usr/bin/uauth health || exit 1
    "${as[@]}" /usr/bin/uauth serve &
    served=$!
    for _ in $(seq 100); do ! inside /usr/bin/uauth health || break; sleep 0.1; done
    inside /usr/bin/uauth health
    inside /usr/bin/uauth user list
    ! chroot "$tree" /usr/bin/touch /usr/bin/more || exit 1
    kill -TERM "$served"
    wait "$served"'
lives() {
    local container tree
    container=$(buildah from localhost/uauth) && tree=$(buildah mount "$container") || return
    install -d -m 0700 -o 10001 -g 10001 "$work/volume"
    unshare --mount --pid --fork --propagation private bash -c "$life" life "$tree" "$work/volume" && [ -s "$work/volume/uauth.db" ]
}

quietly tools/bare_debian.sh "$base" --include=ca-certificates
show "a base image is made" base_image
show "the image is built" image
show "it says who runs it, how it is asked and how it ends" promises
show "it serves, read-only and without rights, answers its health check, and ends when it is told to" lives
say "$shown of $shown"
