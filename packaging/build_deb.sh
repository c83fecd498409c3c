#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Builds the Debian packages of the last commit's version, the program's and the library's, and prints their paths, that
# of the program first.
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
architecture=$(dpkg --print-architecture) triplet=$(dpkg-architecture -q DEB_HOST_MULTIARCH)
libraries=usr/lib/$triplet
stage=$(mktemp -d "${TMPDIR:-/tmp}/uauth-deb-XXXXXX")
trap 'rm -rf "$stage"' EXIT
name='' tree='' # of the package that is being filled

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

# The library as programs find it when they run, and when they are made.
put_library() {
    put 0644 "$libraries/libuauth.so.0.1.0" build/include/libuauth.so.0.1.0
    ln -s libuauth.so.0.1.0 "$tree/$libraries/libuauth.so.0"
    strip --strip-unneeded --remove-section=.comment --remove-section=.note "$tree/$libraries/libuauth.so.0.1.0"
}

put_development() {
    local file
    put 0644 "$libraries/libuauth.a" build/include/libuauth.a
    strip --strip-debug --remove-section=.comment --remove-section=.note --enable-deterministic-archives "$tree/$libraries/libuauth.a"
    ln -s libuauth.so.0.1.0 "$tree/$libraries/libuauth.so"
    # shellcheck disable=SC2016 # expanded by pkg-config
    put 0644 "$libraries/pkgconfig/uauth.pc" < <(sed 's|^prefix=.*|prefix=/usr|; s|^libdir=.*|libdir=${prefix}/lib/'"$triplet"'|' build/meson-private/uauth.pc)
    for file in include/uauth/*.h; do put 0644 "usr/$file" "$file"; done
    for file in build/include/*.3; do put 0644 "usr/share/man/man3/${file##*/}" "$file"; done
    tools/header_aliases.sh "$tree/usr/share/man/man3" include/uauth/*.h
    gzip -9n "$tree"/usr/share/man/man3/*.3
    for file in docs/guide/libuauth*.md docs/guide/moving.md examples/c/*.c; do put 0644 "usr/share/doc/$name/${file#docs/guide/}" "$file"; done
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
    for file in packaging/grafana/*.json packaging/prometheus/*.yml; do
        [ ! -e "$file" ] || put 0644 "usr/share/uauth/${file#packaging/}" "$file"
    done
}

# What every package says of itself.
put_origin() {
    echo "$name: initial-upload-closes-no-bugs" | put 0644 "usr/share/lintian/overrides/$name"
    put 0644 "usr/share/doc/$name/copyright" packaging/debian/copyright
    gzip -9n <CHANGELOG.md | put 0644 "usr/share/doc/$name/changelog.gz"
    printf 'uauth (%s) stable; urgency=medium\n\n  * See changelog.gz.\n\n -- %s  %s\n' \
        "$version" "$maintainer" "$(date -R -d "@$SOURCE_DATE_EPOCH")" | gzip -9n | put 0644 "usr/share/doc/$name/changelog.Debian.gz"
}

# What a program or library is linked with, as dpkg-shlibdeps finds it.
depends() { # FILE
    mkdir -p "$stage/debian"
    printf 'Source: uauth\n\nPackage: %s\nArchitecture: any\n' "$name" >"$stage/debian/control"
    (cd "$stage" && dpkg-shlibdeps -O "$1" 2>/dev/null) | sed -n 's/^shlibs:Depends=//p'
}

put_control() { # [LINKED]: the file whose libraries the package needs
    local size needs=''
    if [ "${1-}" ]; then
        needs=$(depends "$tree/$1")
        [ -n "$needs" ] || give_up "dpkg-shlibdeps named no library of $1"
    fi
    size=$(du -k -s --apparent-size "$tree" | cut -f1)
    mkdir -p "$tree/DEBIAN"
    sed "/^#/d; s/@VERSION@/$version/; s/@ARCHITECTURE@/$architecture/; s/@SIZE@/$size/; s/@DEPENDS@/$needs/; s|@MAINTAINER@|$maintainer|" \
        "packaging/debian/$name.control.in" >"$tree/DEBIAN/control"
    (cd "$tree" && find . -type f ! -path './DEBIAN/*' ! -path './etc/*' -printf '%P\0' | sort -z | xargs -0 md5sum) \
        >"$tree/DEBIAN/md5sums"
    chmod 0644 "$tree/DEBIAN/md5sums" "$tree/DEBIAN/control"
}

# What is done when the service is installed; the linker's cache for the library.
put_scripts() {
    local script
    echo /etc/uauth/uauth.conf | put 0644 DEBIAN/conffiles
    for script in postinst prerm postrm; do put 0755 "DEBIAN/$script" "packaging/debian/$script"; done
}
put_triggers() {
    echo 'activate-noawait ldconfig' | put 0644 DEBIAN/triggers
    echo 'libuauth 0 libuauth0 (>= 0.1.0~)' | put 0644 DEBIAN/shlibs
}

begin() { # NAME
    name=$1 tree=$stage/$1
    mkdir -p "$tree"
}
pack() {
    local package=$output/${name}_${version}_$architecture.deb
    find "$tree" -exec touch -h -d "@$SOURCE_DATE_EPOCH" {} +
    # One thread: how the compressed file is cut into blocks depends on their number.
    quietly dpkg-deb --root-owner-group --threads-max=1 -Zxz --build "$tree" "$package"
    printf '%s\n' "$package"
}

mkdir -p "$output"
begin uauth
put_program
put_manuals
put_service
put_documents
put_origin
put_scripts
put_control usr/bin/uauth
pack

begin libuauth0
put_library
put_origin
put_triggers
put_control "$libraries/libuauth.so.0.1.0"
pack

begin libuauth-dev
put_development
put_origin
put_control
pack
