#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Prints version_data.h: what the build knows about itself, and its bill of materials (CycloneDX 1.5, one line of
# JSON).   version_header.sh VERSION COMPILER FLAGS PKG-CONFIG-NAME...
set -euo pipefail
version=$1 compiler=$2 flags=$3
shift 3

quote() { # text as a C string literal
    local text=${1//\\/\\\\}
    printf '"%s"' "${text//\"/\\\"}"
}

component() { # one library: Debian's source package and version where dpkg knows it, else what pkg-config says
    local name=$1 release purl package="" source
    release=$(pkg-config --modversion "$name")
    purl="pkg:generic/$name@$release"
    if command -v dpkg-query >/dev/null; then
        package=$(dpkg-query -S "$(pkg-config --variable=pcfiledir "$name")/$name.pc" 2>/dev/null | cut -d: -f1 || true)
    fi
    if [ -n "$package" ]; then
        # shellcheck disable=SC2016 # dpkg-query expands these itself
        read -r source release < <(dpkg-query -W -f='${source:Package} ${Version}\n' "$package")
        purl="pkg:deb/debian/$source@${release//+/%2B}"
    fi
    printf '{"type":"library","name":"%s","version":"%s","purl":"%s"}' "$name" "$release" "$purl"
}

components=""
for name in "$@"; do
    components+="${components:+,}$(component "$name")"
done
about="{\"component\":{\"type\":\"application\",\"name\":\"uauth\",\"version\":\"$version\",\"licenses\":[{\"license\":{\"id\":\"Apache-2.0\"}}]}}"
sbom="{\"bomFormat\":\"CycloneDX\",\"specVersion\":\"1.5\",\"version\":1,\"metadata\":$about,\"components\":[$components]}"

echo '/* SPDX-License-Identifier: Apache-2.0 */'
echo "#define UAUTH_VERSION $(quote "$version")"
echo "#define UAUTH_COMPILER $(quote "$compiler")"
echo "#define UAUTH_HARDENING $(quote "$flags")"
echo "#define UAUTH_SBOM $(quote "$sbom")"
