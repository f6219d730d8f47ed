#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
# Calls between host and module: builds bench/calls/calls.c against the build folder and runs it.
#   usage: run.sh [BUILD]
set -euo pipefail
HERE=$(cd "$(dirname "$0")" && pwd)
BUILD=$(realpath "${1:-$HERE/../../build}")
WORK=$(mktemp -d)
trap 'rm -rf "$WORK"' EXIT

"$BUILD/bin/wasm2so" "$HERE/calls.wat" -o "$WORK/calls.so"
"$BUILD/bin/wasm2so" "$HERE/calls.wat" --emit header -o "$WORK/calls.h"
cd "$WORK"
cc -std=gnu17 -O2 "$HERE/calls.c" -o calls -I. -I"$HERE/../../runtime/include" ./calls.so \
    -L"$BUILD/lib" -lwasm2so_rt -Wl,-rpath,"$BUILD/lib"
./calls ./calls.so
