#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Builds the Debian package of the last commit's version and prints its path.
#     packaging/build_deb.sh [FOLDER]     FOLDER: where it goes (packaging/out)
# The same commit on the same Debian gives the same bytes: SOURCE_DATE_EPOCH is the commit's time unless it is set.
. "$(dirname "$0")/../script/steps.sh"
output=${1:-packaging/out}
# Whoever hands packages on puts a name and an address of their own here.
maintainer=${DEB_MAINTAINER:-The authors of uauth <uauth@localhost>}
binary=$(script/build)
for tool in dpkg-deb dpkg-shlibdeps strip; do
    command -v "$tool" >/dev/null || give_up "there is no $tool: apt-get install dpkg-dev binutils"
done

export SOURCE_DATE_EPOCH=${SOURCE_DATE_EPOCH:-$(git log -1 --format=%ct)}
export LC_ALL=C TZ=UTC
umask 022
architecture=$(dpkg --print-architecture)
stage=$(mktemp -d "${TMPDIR:-/tmp}/uauth-deb-XXXXXX")
trap 'rm -rf "$stage"' EXIT
tree=$stage/uauth

# 0.1.0-1 if this commit is the one that was tagged so, else one that sorts before it and after earlier commits.
version() {
    local base
    base=$(sed -n "s/^ *version: '\(.*\)',\$/\1/p" meson.build | head -n1)
    if [ "$(git tag --points-at HEAD "v$base")" = "v$base" ]; then
        printf '%s-1' "$base"
    else
        printf '%s~%s.%s-1' "$base" "$(date -d "@$(git log -1 --format=%ct)" +%Y%m%d%H%M%S)" "$(git rev-parse --short=12 HEAD)"
    fi
}
version=$(version)

put() { # MODE TARGET [FILE]: from FILE or standard input
    mkdir -p "$(dirname "$tree/$2")"
    install -m "$1" "${3:-/dev/stdin}" "$tree/$2"
}

put_program() {
    put 0755 usr/bin/uauth "$binary"
    strip --strip-unneeded --remove-section=.comment --remove-section=.note "$tree/usr/bin/uauth"
    put 0644 usr/share/bash-completion/completions/uauth < <("$binary" completion bash)
    { echo '#compdef uauth' && "$binary" completion zsh; } | put 0644 usr/share/zsh/vendor-completions/_uauth
    put 0644 usr/share/fish/vendor_completions.d/uauth.fish < <("$binary" completion fish)
}

manual() { # NAME [WORD...]
    local name=$1
    shift
    "$binary" man "$@" | sed "s/^\.Dd .*/.Dd $(date -d "@$SOURCE_DATE_EPOCH" '+%B %-d, %Y')/" | gzip -9n |
        put 0644 "usr/share/man/man1/$name.1.gz"
}

put_manuals() {
    local command
    manual uauth
    while read -r command; do
        # shellcheck disable=SC2086 # the words of a command
        manual "uauth-${command// /-}" $command
    done < <("$binary" describe commands --json | tr '{' '\n' | sed -n 's/^"command":"\([^"]*\)".*/\1/p')
}

put_service() {
    put 0644 lib/systemd/system/uauth.service packaging/uauth.service
    put 0644 lib/systemd/system/uauth.socket packaging/uauth.socket
    put 0644 usr/lib/sysusers.d/uauth.conf packaging/uauth.sysusers
    put 0644 etc/uauth/uauth.conf packaging/uauth.conf
}

put_documents() {
    local file
    for file in README.md DESIGN.md SECURITY.md NOTICE docs/*.md docs/guide/* docs/reference/*; do
        put 0644 "usr/share/doc/uauth/$file" "$file"
    done
    echo 'uauth: initial-upload-closes-no-bugs' | put 0644 usr/share/lintian/overrides/uauth
    put 0644 usr/share/doc/uauth/copyright packaging/debian/copyright
    gzip -9n <CHANGELOG.md | put 0644 usr/share/doc/uauth/changelog.gz
    printf 'uauth (%s) stable; urgency=medium\n\n  * See changelog.gz.\n\n -- %s  %s\n' \
        "$version" "$maintainer" "$(date -R -d "@$SOURCE_DATE_EPOCH")" | gzip -9n | put 0644 usr/share/doc/uauth/changelog.Debian.gz
    for file in packaging/grafana/*.json packaging/prometheus/*.yml; do
        [ ! -e "$file" ] || put 0644 "usr/share/uauth/${file#packaging/}" "$file"
    done
}

# What the program is linked with, as dpkg-shlibdeps finds it.
depends() {
    mkdir -p "$stage/debian"
    printf 'Source: uauth\n\nPackage: uauth\nArchitecture: any\n' >"$stage/debian/control"
    (cd "$stage" && dpkg-shlibdeps -O "$tree/usr/bin/uauth" 2>/dev/null) | sed -n 's/^shlibs:Depends=//p'
}

put_control() {
    local size needs script
    needs=$(depends)
    [ -n "$needs" ] || give_up "dpkg-shlibdeps named no library"
    size=$(du -k -s --apparent-size "$tree" | cut -f1)
    mkdir -p "$tree/DEBIAN"
    sed "/^#/d; s/@VERSION@/$version/; s/@ARCHITECTURE@/$architecture/; s/@SIZE@/$size/; s/@DEPENDS@/$needs/; s|@MAINTAINER@|$maintainer|" \
        packaging/debian/control.in >"$tree/DEBIAN/control"
    echo /etc/uauth/uauth.conf >"$tree/DEBIAN/conffiles"
    for script in postinst prerm postrm; do install -m 0755 "packaging/debian/$script" "$tree/DEBIAN/"; done
    (cd "$tree" && find . -type f ! -path './DEBIAN/*' ! -path './etc/*' -printf '%P\0' | sort -z | xargs -0 md5sum) \
        >"$tree/DEBIAN/md5sums"
    chmod 0644 "$tree/DEBIAN/md5sums" "$tree/DEBIAN/conffiles" "$tree/DEBIAN/control"
}

put_program
put_manuals
put_service
put_documents
put_control
find "$tree" -exec touch -h -d "@$SOURCE_DATE_EPOCH" {} +
mkdir -p "$output"
package=$output/uauth_${version}_$architecture.deb
# One thread: how the compressed file is cut into blocks depends on their number.
quietly dpkg-deb --root-owner-group --threads-max=1 -Zxz --build "$tree" "$package"
printf '%s\n' "$package"
