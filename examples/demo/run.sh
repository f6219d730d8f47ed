#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
# The demo: demo.c to .wasm to .so, run; the same program natively and on node beside it. Prints
# each step with its time; fails if an output differs.   usage: run.sh BUILD_DIR
set -euo pipefail
cd "$(dirname "$0")"
BUILD=${1:-../../build}
WASM2SO=$BUILD/bin/wasm2so
WORK=$(mktemp -d)
trap 'rm -rf "$WORK"' EXIT
printf 'the quick brown fox jumps over the lazy dog while another fox sleeps\n' >"$WORK/words.txt"
seq -f 'line number %g of a longer file' 20000 >"$WORK/lines.txt"
TIMEFORMAT='   %3R s wall, %3U s user'

step() { # TEXT COMMAND...
    printf '%s\n   $ %s\n' "$1" "${*:2}" | sed "s|$WORK/||g"
    time "${@:2}"
}

same() { # NAME: its output against the first one
    if cmp -s "$WORK/so.out" "$WORK/$1.out"; then echo "   same output"; return; fi
    echo "   $1 printed something else:"
    diff "$WORK/so.out" "$WORK/$1.out" && true
    exit 1
}

echo "A C program that reads and hashes files, counts words, sorts, recurses, sieves: demo.c"
echo
step "1. C to WebAssembly" clang-19 -O2 --target=wasm32-wasi --sysroot=/usr demo.c -o "$WORK/demo.wasm"
step "2. WebAssembly to native code" "$WASM2SO" "$WORK/demo.wasm" -o "$WORK/demo.so" --cpu native
echo "   $(stat -c %s "$WORK/demo.wasm") bytes of .wasm, $(stat -c %s "$WORK/demo.so") bytes of .so"

cd "$WORK"
run_so() { "$WASM2SO" run demo.so --dir . -- words.txt lines.txt missing.txt >so.out || [ $? = 1 ]; }
run_native() { ./demo words.txt lines.txt missing.txt >native.out || [ $? = 1 ]; }
run_node() { node --no-warnings "$OLDPWD/node.js" demo.wasm words.txt lines.txt missing.txt >node.out || [ $? = 1 ]; }

step "3. Run it (wasm2so run demo.so --dir . -- words.txt lines.txt missing.txt)" run_so
sed 's/^/   | /' so.out
grep -q '^queens(12) = 14200$' so.out
grep -q '^missing.txt: No such file or directory$' so.out
step "4. The same source natively" clang-19 -O2 "$OLDPWD/demo.c" -o demo -lm
step "   run" run_native
same native
if command -v node >/dev/null; then
    step "5. The same .wasm on node $(node --version)" run_node
    same node
else
    echo "5. node is not installed: left out"
fi
