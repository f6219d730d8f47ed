#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
# Guest programs through everything: clang makes them WASI commands, wasm2so compiles and runs them,
# and what they print must be what the same source prints as a native program.
#   usage: test.sh WASM2SO CLANG CC [DRIVER TARGET]  (DRIVER runs what WASM2SO makes for TARGET)
# exit code 77: there is no C library for WASI here
set -euo pipefail
WASM2SO=$(realpath "$1") CLANG=$2 CC=$3
DRIVER=$(realpath "${4:-$1}") TARGET=(${5:+--target "$5"})
cd "$(dirname "$0")"
WORK=$(mktemp -d)
trap 'rm -rf "$WORK"' EXIT

echo 'int main(void) { return 0; }' >"$WORK/empty.c"
to_wasm() { "$CLANG" --target=wasm32-wasi --sysroot="${WASI_SYSROOT:-/usr}" -O2 "$1" -o "$2"; }
to_wasm "$WORK/empty.c" "$WORK/empty.wasm" 2>/dev/null || { echo "no C library for WASI"; exit 77; }

for source in wasi_*.c; do
    name=${source%.c}
    to_wasm "$source" "$WORK/$name.wasm"
    "$WASM2SO" compile "${TARGET[@]}" "$WORK/$name.wasm" -o "$WORK/$name.so"
    "$CC" -std=c17 -D_GNU_SOURCE -O1 "$source" -o "$WORK/$name"
done
mkdir "$WORK/dir"
run() { "$DRIVER" run "$@"; }
same() { diff "$WORK/native" "$WORK/wasm" || { echo "FAILED: $1"; exit 1; }; }
empty() { [ -z "$(ls -A "$WORK/dir")" ] || { echo "FAILED: $1 left files"; exit 1; }; }

(cd "$WORK/dir" && ../wasi_files) >"$WORK/native"
for guest in / . /some/where; do
    run "$WORK/wasi_files.so" --dir "$WORK/dir::$guest" >"$WORK/wasm" || true
    if [ $guest = /some/where ]; then # the current directory is not one it was given
        if diff -q "$WORK/native" "$WORK/wasm" >/dev/null; then
            echo "FAILED: files outside the preopen"
            exit 1
        fi
    else
        same "wasi_files in $guest"
    fi
    empty wasi_files
done

input() { printf 'a b c\nsecond  line\nlast'; }
status() { local code=0; "$@" || code=$?; echo "exit code $code"; }
input | W2S_TEST=yes status "$WORK/wasi_process" one 'two words' '' 5 >"$WORK/native" 2>"$WORK/native_err"
input | status run "$WORK/wasi_process.so" --env W2S_TEST=yes -- one 'two words' '' 5 \
    >"$WORK/wasm" 2>"$WORK/wasm_err"
same wasi_process
diff "$WORK/native_err" "$WORK/wasm_err"

for options in "::/" "::." "::/:ro"; do
    run "$WORK/wasi_escape.so" --dir "$WORK/dir$options" || { echo "FAILED: escape, $options"; exit 1; }
    empty wasi_escape
done
run "$WORK/wasi_escape.so" # without any directory
"$CLANG" --target=wasm32 -std=c++17 -O2 -fwasm-exceptions -nostdlib -Wl,--no-entry \
    exceptions.cpp exceptions_abi.cpp -o "$WORK/exceptions.wasm"
"$CC" -std=c++17 -O1 exceptions.cpp -o "$WORK/exceptions" -lstdc++
"$WORK/exceptions" >"$WORK/native"
for level in 0 2; do
    "$WASM2SO" compile "${TARGET[@]}" -O$level "$WORK/exceptions.wasm" -o "$WORK/exceptions.so"
    for kind in 0 1 2 3 4 5; do run "$WORK/exceptions.so" --invoke run $kind; done >"$WORK/wasm"
    run "$WORK/exceptions.so" --invoke churn 10000 >>"$WORK/wasm"
    same "exceptions, -O$level"
done
echo "guest programs: all as native"
