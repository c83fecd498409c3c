#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Makes a static library of one object out of a room and what it uses of an archive: names that are not part of the
# interface are local to it.     make_static.sh OUTPUT ROOM ARCHIVE
set -euo pipefail
output=$1 room=$2 archive=$3
object=$output.o
ld -r -z noexecstack -o "$object" --whole-archive "$room" --no-whole-archive "$archive"
objcopy --localize-hidden "$object"
rm -f "$output"
ar rcsD "$output" "$object"
rm -f "$object"
