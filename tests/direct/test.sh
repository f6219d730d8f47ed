#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
# Direct calls: a C program with the generated headers, linked with two modules, as shared objects and as
# an archive and an object.
#   usage: test.sh WASM2SO TARGET LIBDIR COLLECTOR CC [EMULATOR...]  (COLLECTOR: yes, if there is one)
set -euo pipefail
WASM2SO=$(realpath "$1") TARGET=$2 LIBDIR=$(realpath "$3") COLLECTOR=$4 CC=$5
shift 5
RUN=("$@")
cd "$(dirname "$0")"
WORK=$(mktemp -d)
trap 'rm -rf "$WORK"' EXIT

build() { # LIBRARY...: the host with these
    "$CC" -std=gnu17 -O1 -Wall -Wextra -Werror -fasynchronous-unwind-tables host.c -o "$WORK/host" \
        -I"$WORK" -I../../runtime/include -L"$WORK" -L"$LIBDIR" "$@" -lwasm2so_rt -lpthread \
        -Wl,-rpath,"$WORK:$LIBDIR"
}

for level in -O0 -O2; do
    for name in direct alone; do
        "$WASM2SO" $name.wat --target "$TARGET" $level -o "$WORK/lib$name.so"
        "$WASM2SO" $name.wat --target "$TARGET" --emit header -o "$WORK/$name.h"
    done
    build -ldirect -lalone
    "${RUN[@]}" "$WORK/host" "$WORK/libdirect.so" ${COLLECTOR:+"$COLLECTOR"}
done

# Both modules in one program, as an archive and as an object.
"$WASM2SO" direct.wat --target "$TARGET" --emit archive -o "$WORK/direct.a"
"$WASM2SO" alone.wat --target "$TARGET" --emit obj -o "$WORK/alone.o"
build -DLINKED "$WORK/direct.a" "$WORK/alone.o"
"${RUN[@]}" "$WORK/host" linked ${COLLECTOR:+"$COLLECTOR"}
