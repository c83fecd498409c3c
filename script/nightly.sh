#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# script/test nightly: what takes longer than anybody waits.  Sourced by script/test, whose functions it uses.
#     script/test nightly [-- PART...]     without a name: all parts; `fuzz` stands for all of its parsers
# Each part runs by itself and may fail by itself: a line tells its result and its time when it ends, and all of them stand together
# at the end and in build-asan/nightly/summary, below the commit, the machine and the sizes; what a part printed is in
# build-asan/nightly/PART.log.  RESUME=yes: a part that has passed is not run again, if it was of the same commit, machine and sizes.
# Sizes are variables, as below; NEWCOMER is a command instead of building and the tests of units and corpora in the bare Debian.
# shellcheck disable=SC2030,SC2031,SC2034,SC2154 # script/test has the variables, and a part its own
: "${KILL_ROUNDS:=200}" "${HISTORY_ROUNDS:=40}" "${REDIS_ROUNDS:=150}" "${POWER_ROUNDS:=20000}" # 14 faults are a round of Redis
: "${SOAK_MINUTES:=60}" "${SOAK_PER_SECOND:=100}"
: "${FUZZ_SECONDS:=300}" # for each parser
: "${PART_MINUTES:=240}" # then a part is ended
nightly_folder=$root/build-asan/nightly

shows() { # COMMAND...: one test
    if "$@"; then count 1 0 0 "$1"; else count 0 1 0 "$1"; fi
}

# The package on a bare Debian, and the image; each thing that they show is a test.
on_debian() { # TOOL COMMAND...
    local tool=$1 log shown
    shift
    if [ "$(id -u)" != 0 ] || ! command -v "$tool" >/dev/null; then
        count 0 0 1 "needs root and $tool" && return
    fi
    log=$(mktemp)
    if "$@" 2>"$log"; then
        shown=$(sed -n 's/.* \([0-9]*\) of [0-9]*$/\1/p' "$log" | tail -n1)
        count "${shown:-1}" 0 0 "$1"
    else
        count 0 1 0 "$1"
    fi
    cat "$log" >&2
    rm -f "$log"
}

# ---- the parts, in their order ----

part_alerts() { fetch_promtool && UAUTH_ALERT_STATES=yes run_node alerts build-asan/uauth tests/wire/alerts.test.mjs; }
part_kills() { UAUTH_KILL_ROUNDS=$KILL_ROUNDS TEST_MINUTES=$PART_MINUTES run_node kills build-asan/uauth tests/wire/durability.test.mjs; }
part_histories() { UAUTH_HISTORY_ROUNDS=$HISTORY_ROUNDS TEST_MINUTES=$PART_MINUTES run_node histories build-asan/uauth tests/wire/nodes_history.test.mjs; }
part_redis() { UAUTH_CHAOS_ROUNDS=$REDIS_ROUNDS UAUTH_TEST_REDIS=its-own shows build-asan/tests/unit/db_redis_chaos_test; }
part_power() { UAUTH_POWER_ROUNDS=$POWER_ROUNDS shows build-asan/tests/unit/db_sqlite_power_test; }
part_allocations() { shows build-asan/tests/flow/memory_flow && shows build-asan/tests/unit/crypto_library_fault_test; }
part_disk() { run_node disk build-asan/uauth tests/wire/disk.test.mjs tests/wire/syscalls.test.mjs; }
part_package() { on_debian debootstrap packaging/test_deb.sh build-asan/debian; }
part_image() { on_debian buildah packaging/test_image.sh build-asan/debian; }
part_newcomer() { on_debian debootstrap tools/chroot_test.sh build-asan/newcomer ${NEWCOMER:+"$NEWCOMER"}; }
part_reproducible() { shows tools/check_reproducible.sh; }
# Each group that a writer of SQLite commits is undone and runs again: what a unit does once more must be the same (db/db.h).
part_twice() { quietly ninja -C build-asan -j "$jobs" && UAUTH_GROUPS_TWICE=yes run_meson build-asan flow twice; }
# Each statement and each commit that a request of a story asks for fails once, before the request is served (tests/flow/statements.h).
part_statements() { quietly ninja -C build-asan -j "$jobs" && UAUTH_STATEMENTS_FAIL=yes run_meson build-asan flow statements; }
part_soak() { shows script/soak --minutes "$SOAK_MINUTES" --per-second "$SOAK_PER_SECOND"; }
part_fuzz() { shows script/fuzz "$1" "$FUZZ_SECONDS"; }

# ---- running them ----

# A process group of its own, so that all of it ends with it.  What ended without a count is one failure.
run_part() { # PART FUNCTION [ARGUMENT]
    local part=$1 log=$nightly_folder/$1.log began=$SECONDS sums job timer result
    shift
    rm -f "$nightly_folder/$part.sums"
    set -m
    (
        passed=0 failed=0 skipped=0
        "$@"
        printf '%d %d %d\n' "$passed" "$failed" "$skipped" >"$nightly_folder/$part.sums"
    ) >"$log" 2>&1 </dev/null &
    job=$!
    (sleep $((PART_MINUTES * 60)) && echo "ended after $PART_MINUTES minutes" >>"$log" && kill -TERM -- -"$job") >/dev/null 2>&1 &
    timer=$!
    set +m
    # shellcheck disable=SC2064 # the job of now
    trap "kill -TERM -- -$job -$timer 2>/dev/null; exit 1" INT TERM
    wait "$job" || true
    trap - INT TERM
    kill -TERM -- -"$timer" 2>/dev/null || true
    wait "$timer" 2>/dev/null || true
    sums=$(cat "$nightly_folder/$part.sums" 2>/dev/null || echo '0 1 0')
    rm -f "$nightly_folder/$part.sums"
    # shellcheck disable=SC2086 # three numbers
    set -- $sums
    result=passed
    [ "$1" -gt 0 ] || result="left out"
    [ "$2" = 0 ] || result=FAILED
    [ "$result" != FAILED ] || tail -n 30 "$log" >&2
    passed=$((passed + $1)) failed=$((failed + $2)) skipped=$((skipped + $3))
    printf '%-32s %-8s %6d s  %s  %d passed, %d failed, %d skipped\n' "$part" "$result" $((SECONDS - began)) "$(date -u '+%F %R')" "$1" "$2" "$3" |
        tee -a "$nightly_folder/summary" >&2
}

# What the results are of.
subject() {
    local commit name
    commit=$(git describe --always --dirty --exclude '*' 2>/dev/null || echo 'nothing committed')
    printf 'of %s, on %d processors with %d GiB:' "$commit" "$(nproc)" $(($(sed -n 's/^MemTotal: *\([0-9]*\) kB/\1/p' /proc/meminfo) / 1048576))
    for name in KILL_ROUNDS HISTORY_ROUNDS REDIS_ROUNDS POWER_ROUNDS SOAK_MINUTES SOAK_PER_SECOND FUZZ_SECONDS; do printf ' %s=%s' $name "${!name}"; done
    echo
}
begin_summary() {
    local summary=$nightly_folder/summary subject
    subject=$(subject)
    if [ "${RESUME-no}" = yes ] && [ "$(head -n1 "$summary" 2>/dev/null)" = "$subject" ]; then
        sed -i -n -e 1p -e '/^[a-z0-9_-]* *passed /p' "$summary"
    else
        echo "$subject" >"$summary"
    fi
}
has_passed() { # PART: and counts what it showed then
    local shown
    shown=$(sed -nE "s/^$1 +passed +[0-9]+ s +.* ([0-9]+) passed, .*/\1/p" "$nightly_folder/summary")
    [ -n "$shown" ] || return 1
    passed=$((passed + shown))
}

chosen_part() { # PART [GROUP]: by no names at all, or by one of the two
    [ ${#names[@]} -gt 0 ] || return 0
    local name
    for name in "${names[@]}"; do [ "$name" != "$1" ] && [ "$name" != "${2-}" ] || return 0; done
    return 1
}

run_nightly() {
    local part target ran=0
    local targets=(uauth tests/unit/db_redis_chaos_test tests/unit/db_sqlite_power_test tests/flow/memory_flow tests/unit/crypto_library_fault_test)
    need asan || return 0
    built="" # of that folder not everything was
    mkdir -p "$nightly_folder"
    begin_summary
    for part in alerts kills histories redis power allocations twice statements disk package image newcomer reproducible soak; do
        chosen_part $part || continue
        has_passed $part || run_part $part part_$part
        ran=$((ran + 1))
    done
    for target in $(script/fuzz); do
        chosen_part "fuzz-$target" fuzz || continue
        has_passed "fuzz-$target" || run_part "fuzz-$target" part_fuzz "$target"
        ran=$((ran + 1))
    done
    [ "$ran" -gt 0 ] || give_up "no part ${names[*]}; script/nightly.sh lists them"
    say "the nightly run, part by part (build-asan/nightly/summary):"
    cat "$nightly_folder/summary" >&2
}
