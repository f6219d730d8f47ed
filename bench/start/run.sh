#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
# Exec to exit of hello world: native programs, standalone executables, and wasm2so run. Prints size
# and median time of each. Needs hyperfine, clang with wasi-libc, and musl-gcc for the native musl
# program (musl-tools).   usage: run.sh [BUILD] [RUNS]
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

row() { # NAME FILE COMMAND
    hyperfine -N --warmup 50 --runs "$RUNS" --export-json "$WORK/times.json" "$3" >/dev/null 2>&1
    python3 -c "import json, os, sys
median = json.load(open(sys.argv[3]))['results'][0]['median']
print(f'| {sys.argv[1]:<28} | {os.path.getsize(sys.argv[2]):>8} | {median * 1e6:>6.0f} |')" \
        "$1" "$2" "$WORK/times.json"
}
echo '| hello world                  |    bytes |     us |'
echo '| ---                          |     ---: |   ---: |'
for name in native-static-musl exe-static native-static native exe; do
    row $name "$WORK/$name" "$WORK/$name"
done
row 'wasm2so run hello.so' "$WORK/hello.so" "$WASM2SO run $WORK/hello.so"
