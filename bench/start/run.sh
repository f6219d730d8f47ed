#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
# Exec to exit of hello world: native programs, standalone executables, and wasm2so run, in turns.
# Prints size and median time of each, and that as a multiple of the native dynamic program's. Needs
# clang with wasi-libc, and musl-gcc for the native musl program (musl-tools).
#   usage: run.sh [BUILD] [RUNS]
set -euo pipefail
cd "$(dirname "$0")/../.."
WASM2SO=$(realpath "${1:-build}/bin/wasm2so") RUNS=${2:-2000}
WORK=$(mktemp -d)
trap 'rm -rf "$WORK"' EXIT
source=tests/guests/hello.c

clang-19 -O2 --target=wasm32-wasi --sysroot="${WASI_SYSROOT:-/usr}" $source -o "$WORK/hello.wasm"
cc -O2 $source -o "$WORK/native"
cc -O2 -static $source -o "$WORK/native-static"
musl-gcc -O2 -static $source -o "$WORK/native-static-musl"
"$WASM2SO" compile "$WORK/hello.wasm" --emit exe -o "$WORK/exe"
"$WASM2SO" compile "$WORK/hello.wasm" --emit exe --static -o "$WORK/exe-static"
"$WASM2SO" compile "$WORK/hello.wasm" -o "$WORK/hello.so"

"$WASM2SO" compile "$WORK/hello.wasm" --emit exe --sandbox -o "$WORK/exe-sandbox"
cc -std=c17 -D_GNU_SOURCE -O2 bench/start/turns.c -o "$WORK/turns"

cd "$WORK"
names=(native-static-musl exe-static native-static native exe exe-sandbox hello.so)
commands=("${names[@]/#/./}")
commands[6]="$WASM2SO run hello.so"
mapfile -t times < <(./turns "$RUNS" "${commands[@]}")
echo '| hello world                  |    bytes |     us | native |'
echo '| ---                          |     ---: |   ---: |   ---: |'
for i in "${!names[@]}"; do
    awk -v name="${names[i]/hello.so/wasm2so run hello.so}" -v size="$(stat -c %s "${names[i]}")" \
        -v time="${times[i]}" -v native="${times[3]}" \
        'BEGIN { printf "| %-28s | %8d | %6d | %6.2f |\n", name, size, time, time / native }'
done
