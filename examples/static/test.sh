#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
# Links the module into the host, as a library and as an object.
#   usage: test.sh WASM2SO RUNTIME INCLUDE CC [FLAG...]  (RUNTIME: libwasm2so_rt.a)
set -euo pipefail
WASM2SO=$(realpath "$1") RUNTIME=$(realpath "$2") INCLUDE=$(realpath "$3") CC=("${@:4}")
cd "$(dirname "$0")"
WORK=$(mktemp -d)
trap 'rm -rf "$WORK"' EXIT

"$WASM2SO" numbers.wat --emit header -o "$WORK/numbers.h"
"$WASM2SO" numbers.wat --emit archive -o "$WORK/libnumbers.a"
"$WASM2SO" numbers.wat --emit obj -o "$WORK/numbers.o"
ar t "$WORK/libnumbers.a" | grep -q '^numbers\.' # there is something in it, and ar can read it
for module in libnumbers.a numbers.o; do
    "${CC[@]}" -std=c17 host.c -o "$WORK/host" -I"$WORK" -I"$INCLUDE" "$WORK/$module" "$RUNTIME" \
        -ldl -lpthread
    "$WORK/host" | diff expected.txt -
done
