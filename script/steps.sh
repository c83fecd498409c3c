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

# What each step took is kept in a list, which the scripts of one run share; build-times/ has it until the next run.
own_times=no
keep_times() { # begins the list, unless the script that called this one has done so
    [ -z "${UAUTH_TIMES-}" ] || return 0
    own_times=yes
    export UAUTH_TIMES=$root/build-times/${1:-$(basename "$0")}
    mkdir -p build-times && : >"$UAUTH_TIMES" && : >"$UAUTH_TIMES.tests"
}

# Hundredths of a second that the processes which this shell has waited for have computed.
computed() {
    local stat
    read -r stat <"/proc/$BASHPID/stat"
    # shellcheck disable=SC2086 # words: proc(5), after the name
    set -- ${stat##*) }
    cpu=$((${14} + ${15}))
}

# Runs COMMAND and notes when it began, and its seconds and CPU seconds.  A step within a step is not told again.
timed() { # WHAT COMMAND...
    local what=$1 began=${EPOCHREALTIME/./} before cpu=0 ended=0
    shift
    if [ -z "${UAUTH_TIMES-}" ] || [ -n "${step-}" ]; then
        "$@"
        return
    fi
    local step=$what
    computed && before=$cpu
    "$@" || ended=$?
    computed
    printf '%s\t%s\t%s\t%s\n' "$began" "${EPOCHREALTIME/./}" $((cpu - before)) "$what" >>"$UAUTH_TIMES"
    return "$ended"
}

# The table of the steps, each with its bar on the line of the whole run, and the slowest tests.
tell_times() {
    [ "$own_times" = yes ] && [ -s "$UAUTH_TIMES" ] || return 0
    sort -n "$UAUTH_TIMES" | awk -F '\t' -v width=48 '
        function clock(s) { return sprintf("%3d:%02d", s / 60, s % 60) }
        function bar(from, to,   text, i) {
            for (i = 0; i < from; i++) text = text " "
            for (text = text "█"; i < to - 1; i++) text = text "█"
            return text
        }
        { from[NR] = $1 / 1e6; to = $2 / 1e6; took[NR] = to - from[NR]; cpu[NR] = $3 / 100; what[NR] = $4; all += cpu[NR]
          if (to > end) end = to }
        END {
            span = end - from[1]; scale = width / (span > 1 ? span : 1)
            printf "\n%6s %8s %8s  %-24s\n", "began", "seconds", "CPU s", "step"
            for (i = 1; i <= NR; i++) {
                begin = from[i] - from[1]
                printf "%6s %8.1f %8.1f  %-24s %s\n", clock(begin), took[i], cpu[i], what[i], bar(int(begin * scale), int((begin + took[i]) * scale + 0.5))
            }
            printf "%6s %8.1f %8.1f  %-24s\n", clock(span), span, all, "together"
        }' >&2
    [ ! -s "$UAUTH_TIMES.tests" ] || {
        printf '\n%15s  %s\n' seconds 'slowest tests' >&2
        # Read to its end: a reader that stops early ends what writes to it with a signal.
        sort -rn "$UAUTH_TIMES.tests" | awk -F '\t' -v most="${SLOWEST:-15}" 'NR <= most { printf "%15.1f  %s\n", $1, $2 }' >&2
        echo >&2
    }
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
    timed "$folder" quietly ninja -C "$folder" -j "$jobs" "${targets[@]}"
}

node_binary() { # the locked node that the tests run on
    local arch
    arch=$(uname -m | sed 's/x86_64/x64/; s/aarch64/arm64/')
    printf '%s' "$root/tests/node_modules/node-linux-$arch/bin/node"
}
