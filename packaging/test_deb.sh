#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# The packages on a bare Debian 12: built twice to the same bytes.  The program under its own system manager: installed, used
# as the quick start says, reloaded, killed, hung, upgraded, removed, purged and installed again.  The library: programs are
# made with it and run without its headers.  As root; needs the archive.
#     packaging/test_deb.sh [FOLDER]     FOLDER is a bare Debian that is kept for the next time; what is done to it is not
# Says what was shown, a line each, and ends with 1 at the first thing that is not so.
. "$(dirname "$0")/../script/steps.sh"
[ "$(id -u)" = 0 ] || give_up "a chroot needs root"
for tool in debootstrap systemd-analyze pgrep nsenter; do
    command -v "$tool" >/dev/null || give_up "there is no $tool"
done
work=$(mktemp -d /tmp/uauth-package-XXXXXX)
base=$(realpath -m "${1:-$work/base}") debian=$work/debian
email=ada@example.com password=Correct-horse-7-battery shown=0

leave() {
    packaging/boot.sh stop "$debian" 2>/dev/null || true
    ! mountpoint -q "$debian/proc" || umount -l "$debian/proc"
    rm -rf --one-file-system "$work"
}
trap leave EXIT

# ---- a Debian of its own ----

# Before the system manager runs: with the machine's network.
outside() { env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin DEBIAN_FRONTEND=noninteractive LC_ALL=C.UTF-8 chroot "$debian" "$@"; }
inside() { packaging/boot.sh run "$debian" "$@"; }

prepare() {
    cp -a "$base" "$debian"
    cp -L /etc/resolv.conf /etc/hosts "$debian/etc/"
    cp /etc/apt/sources.list.d/debian.sources "$debian/etc/apt/sources.list.d/" 2>/dev/null && rm -f "$debian/etc/apt/sources.list"
    mount -t proc proc "$debian/proc"
    quietly outside apt-get -q update
    quietly outside apt-get -q install -y --no-install-recommends curl jq
    cp "$package" "$debian/root/uauth.deb"
    cp "${library[@]}" "$debian/root/"
    quietly outside apt-get -q install -y --no-install-recommends /root/uauth.deb
    show "a program is made with the library, and with the static one" compiled
    umount -l "$debian/proc"
    packaging/boot.sh start "$debian"
}

# ---- what has to be so ----

show() { # WHAT COMMAND...
    local what=$1
    shift
    if ! "$@" >"$work/output" 2>&1; then
        cat "$work/output" >&2
        inside journalctl -u uauth --no-pager -n 30 >&2 || true
        give_up "not so: $what"
    fi
    shown=$((shown + 1))
    say "$what"
}
refused() { ! "$@"; }
within() { # SECONDS COMMAND...
    local end=$((SECONDS + $1))
    shift
    until "$@"; do
        [ "$SECONDS" -lt "$end" ] || return 1
        sleep 0.2
    done
}
service() { inside systemctl show uauth --value -p "$1"; }
is_ready() { inside curl -sf --max-time 2 -o /dev/null "${1:-http://localhost:8080}/readyz"; }
is_new() { [ "$(service MainPID)" != 0 ] && [ "$(service MainPID)" != "$1" ] && is_ready; }
uauth() { inside runuser -u uauth -- uauth "$@" --config /etc/uauth/uauth.conf; }
post() { # PATH BODY [curl options]: the status, then the body
    local path=$1 body=$2
    shift 2
    inside curl -s -w '\n%{http_code}\n' "http://localhost:8080$path" -H 'Content-Type: application/json' -d "$body" "$@"
}
status_of() { tail -n1; }
sign_in() { post /auth/login "{\"email\":\"$email\",\"password\":\"$password\"}" | sed '$d'; }
me() { [ "$(inside curl -s -o /dev/null -w '%{http_code}' -H "Authorization: Bearer $1" http://localhost:8080/auth/me)" = "$2" ]; }

installed() {
    [ "$(service ActiveState)" = active ] && [ "$(inside systemctl is-enabled uauth)" = enabled ] && is_ready &&
        [ "$(inside stat -c '%a %U:%G' /var/lib/uauth /etc/uauth/uauth.conf /etc/uauth | xargs)" = '700 uauth:uauth 640 root:uauth 750 root:uauth' ]
}
confined() {
    inside cat "/proc/$(service MainPID)/status" >"$work/status"
    grep -q '^Seccomp:.2$' "$work/status" && grep -q '^NoNewPrivs:.1$' "$work/status" &&
        grep -q '^CapBnd:.0*$' "$work/status" && grep -q '^CapEff:.0*$' "$work/status" &&
        ! grep -qE '^Uid:.*\b0\b' "$work/status"
}
# The one call that the unit gives back: the threads that hash stand back.
has_nice_threads() { inside sh -c "cat /proc/$(service MainPID)/task/*/stat" | sed 's/.*) //' | awk '$17 > 0 { n++ } END { exit n < 1 }'; }
# Each block of the guide that begins with sh, one after the other in one shell.
guide() {
    awk '/^```sh$/ { inside = 1; next } /^```/ { inside = 0 } inside' docs/guide/operations.md >"$debian/root/guide.sh"
    [ "$(wc -l <"$debian/root/guide.sh")" -gt 25 ] && inside bash -euo pipefail /root/guide.sh && within 10 is_ready http://localhost:443
}
after_guide() {
    inside systemctl disable --now uauth.socket && inside systemctl stop uauth &&
        inside rm -r /etc/systemd/system/uauth.socket.d /etc/systemd/system/uauth.service.d /etc/credstore &&
        sed -i '/^smtp_url_file/d' "$debian/etc/uauth/uauth.conf" &&
        inside systemctl daemon-reload && inside systemctl start uauth
}
quick_start() {
    tokens=$(sign_in) && token=$(jq -r .access_token <<<"$tokens") && me "$token" 200 || return
    tokens=$(post /auth/refresh "$(jq -c '{refresh_token}' <<<"$tokens")" | sed '$d') && token=$(jq -r .access_token <<<"$tokens")
    uauth token verify <<<"$token"
}
registers() { [ "$(post /auth/register '{"email":"b@example.com","password":"Correct-horse-8-battery","full_name":"B"}' | status_of)" = "$1" ]; }
reloaded() {
    local before
    before=$(service MainPID)
    echo 'registration = closed' >>"$debian/etc/uauth/uauth.conf"
    inside systemctl reload uauth && within 5 registers 403 && [ "$(service MainPID)" = "$before" ]
}
# A credential is read by the service, and by nobody but root otherwise.
reads_credential() {
    install -d -m 0700 "$debian/etc/credstore"
    (umask 077 && echo 'smtp://127.0.0.1:1' >"$debian/etc/credstore/uauth.smtp_url")
    echo 'smtp_url_file = /run/credentials/uauth.service/smtp_url' >>"$debian/etc/uauth/uauth.conf"
    inside systemctl restart uauth && within 5 is_ready && uauth config --changed | grep -q 'AUTH_SMTP_URL.*redacted' &&
        refused inside runuser -u nobody -- cat /run/credentials/uauth.service/smtp_url
}
killed() {
    local before
    before=$(service MainPID)
    inside kill -KILL "$before" && within 5 is_new "$before" && me "$token" 200
}
# Settings that are wrong end it for good, until they are right.
wrong_settings() {
    echo 'workers = none' >>"$debian/etc/uauth/uauth.conf"
    refused inside systemctl restart uauth && sleep 3 && [ "$(service ActiveState)" = failed ] || return
    sed -i '/^workers = none/d' "$debian/etc/uauth/uauth.conf" && inside systemctl start uauth && within 5 is_ready
}
hung() {
    local before
    inside sh -c 'mkdir -p /run/systemd/system/uauth.service.d && printf "[Service]\nWatchdogSec=3\n" >/run/systemd/system/uauth.service.d/test.conf'
    inside systemctl daemon-reload && inside systemctl restart uauth && sleep 5 && is_ready || return
    [ "$(service NRestarts)" = 0 ] || return
    before=$(service MainPID)
    inside kill -STOP "$before" && within 15 is_new "$before"
}
# A port below 1024, though the service may not open one; nobody is refused while it restarts.
socket() {
    inside sh -c 'mkdir -p /run/systemd/system/uauth.socket.d && printf "[Socket]\nListenStream=\nListenStream=443\n" >/run/systemd/system/uauth.socket.d/test.conf'
    inside systemctl daemon-reload && inside systemctl stop uauth && inside systemctl start uauth.socket && is_ready http://localhost:443 || return
    inside systemctl restart --no-block uauth && is_ready http://localhost:443 || return
    inside systemctl stop uauth.socket uauth && inside rm -r /run/systemd/system/uauth.socket.d /run/systemd/system/uauth.service.d &&
        inside systemctl daemon-reload && inside systemctl start uauth
}
newer() { # the same with a higher version
    dpkg-deb -R "$package" "$work/newer" && sed -i 's/^Version: .*/Version: 99.0-1/' "$work/newer/DEBIAN/control" &&
        dpkg-deb --root-owner-group -b "$work/newer" "$debian/root/newer.deb"
}
upgraded() {
    local before
    before=$(service MainPID)
    newer && inside dpkg -i /root/newer.deb && within 10 is_new "$before" && me "$token" 200 && registers 403
}
removed() {
    inside dpkg -r uauth && [ "$(service ActiveState)" != active ] && refused is_ready &&
        [ -s "$debian/var/lib/uauth/uauth.db" ] && [ -e "$debian/etc/uauth/uauth.conf" ]
}
purged() {
    inside dpkg -P uauth && [ ! -e "$debian/etc/uauth" ] && [ -s "$debian/var/lib/uauth/uauth.db" ] &&
        grep -q '/var/lib/uauth (accounts, keys) is kept' "$work/output"
}
installed_again() { inside dpkg -i /root/uauth.deb && within 10 is_ready && me "$token" 200 && registers 201; }
threshold() { inside systemd-analyze security --threshold=15 uauth.service; }

# What a program needs to be made, and what is left when it only runs.
compiled() {
    outside apt-get -q install -y --no-install-recommends gcc libc6-dev pkgconf "/root/${library[0]##*/}" "/root/${library[1]##*/}" || return
    # shellcheck disable=SC2016 # expanded by the inner shell
    outside sh -euc 'cd /root
        for example in /usr/share/doc/libuauth-dev/examples/c/*.c; do
            cc -Wall -Werror -o "$(basename "$example" .c)" "$example" $(pkgconf --cflags --libs uauth)
        done
        cc -Wall -Werror -o verify_static /usr/share/doc/libuauth-dev/examples/c/verify.c $(pkgconf --cflags uauth) -l:libuauth.a -lssl -lcrypto -lz -pthread
        ! ldd verify_static | grep libuauth
        gzip -dc /usr/share/man/man3/uauth_verifier_new.3.gz | grep -qx ".so man3/uauth_verify.3"
        test -s /usr/share/man/man3/uauth_verify.3.gz'
    outside dpkg -r libuauth-dev
}
# The token of a sign-in is let in by both, and one that was changed by none.
verifies() {
    local program
    for program in verify verify_static; do
        inside "/root/$program" http://localhost:8080 http://localhost:8080 <<<"Bearer $token" | grep '^200 ' &&
            inside "/root/$program" http://localhost:8080 http://localhost:8080 <<<"Bearer ${token}x" | grep '^401 ' || return
    done
}

mapfile -t packages < <(packaging/build_deb.sh "$work/one")
mapfile -t again < <(packaging/build_deb.sh "$work/two")
[ "${#packages[@]}" = 3 ] || give_up "there are three packages"
package=${packages[0]} library=("${packages[@]:1}")
for i in 0 1 2; do show "the same commit makes the same ${packages[i]##*/}" cmp "${packages[i]}" "${again[i]}"; done
quietly tools/bare_debian.sh "$base" --include=ca-certificates
say "installing it on a bare Debian"
prepare
show "it is installed, enabled and running, and its files are its own" installed
show "the system manager's verdict is 1.5 or better" threshold # SU-11
show "it runs without rights and behind a filter of system calls" confined
show "its hashing threads may stand back" has_nice_threads
show "the guide can be followed" guide
show "and taken back" after_guide
show "the quick start works" quick_start
show "programs with the library take its tokens" verifies
show "the settings are read anew without a restart" reloaded
show "a credential reaches it" reads_credential
show "it is started again when it was killed" killed
show "wrong settings stop it, and say so" wrong_settings
show "it is started again when it hangs" hung
show "the system manager's socket can be port 443" socket
show "an upgrade keeps settings and sessions" upgraded
show "after its removal data and settings are there" removed
show "a purge takes the settings, leaves the data and says so" purged
show "installed again, it goes on with them" installed_again
say "$shown of $shown"
