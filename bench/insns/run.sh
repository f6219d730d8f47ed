#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
# Instructions that kernels execute on AArch64: through wasm2so, and as clang compiles the same
# source. The difference of a long and a short run, so that starting up does not count.
#   usage: run.sh [KERNEL...]   needs ./dev build and ./dev build --target aarch64; $W2S_BUILD
set -euo pipefail
ROOT=$(cd "$(dirname "$0")/../.." && pwd)
BUILD=$(realpath "${W2S_BUILD:-$ROOT/build}")
CLANG=${CLANG:-clang-19}
FLAGS=(-std=c17 -O3 -ffp-contract=off -fno-math-errno)
SHORT=1 LONG=4
WORK=$(mktemp -d)
trap 'rm -rf "$WORK"' EXIT
if [ $# = 0 ]; then set -- matmul sieve sha256 switchvm hashmap; fi

cc -std=c17 -O1 -shared -fPIC "$ROOT/bench/insns/plugin.c" -o "$WORK/plugin.so"
count() { # COMMAND...
    qemu-aarch64 -L /usr/aarch64-linux-gnu -plugin "$WORK/plugin.so" "$@" 2>&1 >/dev/null |
        sed -n 's/^instructions //p'
}
driver=$BUILD-aarch64/bin/wasm2so
printf '| %-10s | %12s | %12s | %5s |\n' kernel clang wasm2so ratio --- ---: ---: ---:
for kernel; do
    source=$ROOT/bench/kernels/$kernel.c
    "$CLANG" "${FLAGS[@]}" --target=aarch64-linux-gnu -fuse-ld=lld "$source" -o "$WORK/native" -lm
    "$CLANG" "${FLAGS[@]}" --target=wasm32-wasi --sysroot="${WASI_SYSROOT:-/usr}" "$source" -o "$WORK/k.wasm" -lm
    "$BUILD/bin/wasm2so" compile --target aarch64-linux-gnu "$WORK/k.wasm" -o "$WORK/k.so"
    native=$(($(count "$WORK/native" $LONG) - $(count "$WORK/native" $SHORT)))
    ours=$(($(count "$driver" run "$WORK/k.so" -- $LONG) - $(count "$driver" run "$WORK/k.so" -- $SHORT)))
    printf '| %-10s | %12d | %12d | %5s |\n' "$kernel" $native $ours \
        "$(awk "BEGIN { printf \"%.2f\", $ours / $native }")"
done
