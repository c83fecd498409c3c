#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# What the scripts of this folder share; sourced, never run.  Each script works from any folder.
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
cd "$root"
jobs=$(nproc)

say() { # one line of progress
    printf '\033[1m· %s\033[0m\n' "$*" >&2
}

give_up() {
    printf '\033[1;31m✗ %s\033[0m\n' "$*" >&2
    exit 1
}
if [ ! -t 2 ]; then
    say() { printf '· %s\n' "$*" >&2; }
    give_up() {
        printf '✗ %s\n' "$*" >&2
        exit 1
    }
fi

quietly() { # runs a command; its output is shown only if it fails
    local log
    log=$(mktemp)
    if ! "$@" >"$log" 2>&1; then
        cat "$log" >&2
        rm -f "$log"
        return 1
    fi
    rm -f "$log"
}

targets=() # none: all
build_in() { # FOLDER [meson options...]: configures once, then builds the targets; CC chooses the compiler
    local folder=$1
    shift
    if [ ! -f "$folder/build.ninja" ]; then
        say "configuring $folder"
        rm -rf "$folder"
        quietly meson setup "$folder" "$@"
    fi
    say "building $folder"
    quietly ninja -C "$folder" -j "$jobs" "${targets[@]}"
}

node_binary() { # the locked node that the tests run on
    local arch
    arch=$(uname -m | sed 's/x86_64/x64/; s/aarch64/arm64/')
    printf '%s' "$root/tests/node_modules/node-linux-$arch/bin/node"
}
