#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Where what we build with and link comes from.     check_supply.sh [BINARY]
# SU-09: what is fetched is exactly what was fetched before.
# SU-10, ME-20: nothing is linked, nor opened later, unseen, and nothing that nobody uses.
set -euo pipefail
cd "$(dirname "$0")/.."
binary=${1:-build/uauth} wrong=0
complain() { echo "$*" >&2 && wrong=$((wrong + 1)); }

# What is fetched for the tests: one version each, and its hash.
lock=tests/package-lock.json
loose=$(jq -r '(.dependencies, .devDependencies, .optionalDependencies) // {} | to_entries[] | select(.value | test("^[0-9]+\\.[0-9]+\\.[0-9]+$") | not) | .key' tests/package.json)
[ -z "$loose" ] || complain "tests/package.json: no exact version: $loose"
bare=$(jq -r '.packages | to_entries[] | select(.key != "") | select(.value.integrity // "" | startswith("sha512-") | not) | .key' "$lock")
[ -z "$bare" ] || complain "$lock: no hash: $bare"
fetches=$(git grep -nE '(npm (i|install|update)( |$)|npx |pip3? install|(curl|wget) [^|]*\| *(ba)?sh)' -- script .ci tools ':!tools/check_supply.sh' || true)
[ -z "$fetches" ] || complain "fetched without a lock file:"$'\n'"$fetches"

# What is linked is in the bill of materials, and what is in there is linked.
source_of() { # a file of the system: Debian's source package
    local package
    package=$(dpkg -S "$1" 2>/dev/null || dpkg -S "${1#/usr}" 2>/dev/null) || return 0
    dpkg-query -W -f='${source:Package}\n' "$(head -n1 <<<"$package" | sed 's/: .*//')"
}
if [ -x "$binary" ] && command -v dpkg >/dev/null; then
    listed=$("$binary" --version --json | jq -r '.sbom.components[].purl' | sed -n 's|^pkg:deb/debian/\([^@]*\)@.*|\1|p' | sort -u)
    linked=$({
        readelf -dW "$binary" | sed -n 's/.*(NEEDED).*\[\(.*\)\]/\1/p'
        git grep -ohP '\.soname = "\K[^"]+' -- src
    } | while read -r library; do
        source_of "$(realpath "$(ldconfig -p | awk -v name="$library" '$1 == name { print $NF; exit }')")"
    done | grep -vxE 'glibc|gcc-[0-9]+' | sort -u)
    [ "$listed" = "$linked" ] || complain "the bill of materials and what is linked differ:"$'\n'"$(diff <(echo "$listed") <(echo "$linked"))"
fi
[ "$wrong" = 0 ] || exit 1
echo "supply: $(jq '.packages | length - 1' "$lock") locked packages, $(wc -w <<<"${linked-}") libraries"
