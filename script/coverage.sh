#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# script/test coverage: which lines and branches the tests reach.  Sourced by script/test, whose functions it uses.
# build-coverage/report.txt has each file, build-coverage/sums.txt each room, the security core and the whole, which are printed.
# Nothing is left out of a sum.  What cannot be taken is told beside it: `must(...)` whose condition does not hold ends the process, and
# no test reaches it; and how much of the rest is the failing side of a TRY, by which a failure found elsewhere is passed on.
# shellcheck disable=SC2154 # script/test has the variables

# Verifying, spending what is good once, policy, and the parsers of hostile bytes.
core=(
    'base/(codec|form|json|json_number|json_scan|shape_read|utf8)'
    'client/(dpop|id_token|logout_token|verifier|verifier_demands|verifier_keys)'
    'crypto/(certificate|distinguished_name|encryption_key|jose_header|jwe|jwe_content|jwe_key|jws|jwt|jwt_check|key_jwk_import)'
    'crypto/(key_jwk_read|key_jwk_set|key_sound|seal|signature|totp)'
    'db/(postgres_rows|redis_reply)'
    'identity/(access|authority|email|last_admin|password_policy|role_rules|throttle)'
    'net/(address|ascii|forwarded|host|http_accept|http_chunked|http_fields|http_parser|http_target|proxy_protocol|ssrf|url)'
    'oauth/(authorize_check|client_auth|client_auth_certificate|code|decide|exchange|fapi|pkce|registration_rules|request_object|scope)'
    'store/(authorization_requests|codes|device_codes|factors|factors_recovery|kept_replies|one_time_tokens|refresh_tokens|seen)'
    'store/sign_in_attempts'
    'token/(act|claims|refresh|revoke|revoked_set|verify)'
    'web/(cors|csrf|guard_bearer|guard_session|limit|stages)'
)

# Of each room, of the core and of all: lines and branches, and how many of them are reached.
sum_coverage() { # REPORT
    awk -v core="^src/($(IFS='|' && echo "${core[*]}"))[.]c\$" '
        function add(name) { lines[name] += $8; dark[name] += $9; ways[name] += $11; untaken[name] += $12 }
        function sums(name) {
            return sprintf("%-14s %6d lines, %6.2f %%   %6d branches, %6.2f %%", name, lines[name], 100 - 100 * dark[name] / lines[name],
                ways[name], 100 - 100 * untaken[name] / ways[name])
        }
        $1 ~ /^src\// { split($1, part, "/"); add(part[2]); add("all"); if ($1 ~ core) add("security core") }
        END {
            for (name in lines) if (name != "all" && name != "security core") print sums(name) | "sort"
            close("sort")
            print sums("security core")
            print sums("all")
        }' "$1"
}

# Of a macro of base/result.h: its branches, and those that were not taken.
branches_of() { # MACRO EXPORT
    local line
    line=$(grep -n "define $1(" src/base/result.h | cut -d: -f1)
    jq -r --arg what "$1" --argjson from "$line" '
        [.data[0].functions[] | .filenames as $files | .branches[]
         | select(($files[.[6]] | endswith("base/result.h")) and .[0] >= $from and .[0] < $from + 5) | [.[4], .[5]] | map(if . == 0 then 1 else 0 end)]
        | "\($what): \(length * 2) branches, of which \(flatten | add // 0) are not taken"' "$2"
}

run_coverage() {
    local wire profile=build-coverage/all.profdata objects=(build-coverage/uauth -object build-coverage/include/libuauth.so.0)
    need coverage || return 0
    rm -rf build-coverage/profiles
    export LLVM_PROFILE_FILE=$root/build-coverage/profiles/%p-%m.profraw
    for suite in unit flow fuzz-replay; do run_meson build-coverage $suite; done
    UAUTH_STATEMENTS_FAIL=yes run_meson build-coverage flow "flow, with statements that fail"
    mapfile -t wire < <(files tests/wire)
    run_node "wire (coverage)" build-coverage/uauth "${wire[@]}"
    llvm-profdata merge -sparse -o "$profile" build-coverage/profiles/*.profraw
    # All of src is in these two.
    llvm-cov report -instr-profile="$profile" "${objects[@]}" >build-coverage/report.txt
    llvm-cov export -instr-profile="$profile" "${objects[@]}" >build-coverage/export.json
    {
        sum_coverage build-coverage/report.txt
        branches_of must build-coverage/export.json
        branches_of TRY build-coverage/export.json
    } | tee build-coverage/sums.txt
}
