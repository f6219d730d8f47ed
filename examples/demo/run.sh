#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
# The demo: demo.c to .wasm to .so, run; the same program natively and on node beside it. Prints
# each step with its time; fails if an output differs.   usage: run.sh BUILD_DIR
set -euo pipefail
cd "$(dirname "$0")"
HERE=$PWD
BUILD=$(realpath "${1:-../../build}")
WASM2SO=$BUILD/bin/wasm2so
WORK=$(mktemp -d)
trap 'rm -rf "$WORK"' EXIT
printf 'the quick brown fox jumps over the lazy dog while another fox sleeps\n' >"$WORK/words.txt"
seq -f 'line number %g of a longer file' 20000 >"$WORK/lines.txt"
TIMEFORMAT='   %3R s wall, %3U s user'

step() { # TEXT SHOWN COMMAND...: says what runs, runs it, says how long it took
    printf '%s\n   $ %s\n' "$1" "$2"
    { time "${@:3}"; } 2>&1
}

same() { # NAME: its output against the first one
    if cmp -s "$WORK/so.out" "$WORK/$1.out"; then echo "   same output"; return; fi
    echo "   $1 printed something else:"
    diff "$WORK/so.out" "$WORK/$1.out" && true
    exit 1
}

echo "A C program that reads and hashes files, counts words, sorts, recurses, sieves: demo.c"
echo
step "1. C to WebAssembly" "clang-19 -O2 --target=wasm32-wasi --sysroot=/usr demo.c -o demo.wasm" \
    clang-19 -O2 --target=wasm32-wasi --sysroot=/usr demo.c -o "$WORK/demo.wasm"
step "2. WebAssembly to native code" "wasm2so demo.wasm --cpu native" \
    "$WASM2SO" "$WORK/demo.wasm" --cpu native
echo "   $(stat -c %s "$WORK/demo.wasm") bytes of .wasm, $(stat -c %s "$WORK/demo.so") bytes of .so"
clang-19 -O2 -march=native demo.c -o "$WORK/demo" -lm

# The last file is not there: the program says so, and returns 1.
FILES=(words.txt lines.txt missing.txt)
run_so() { "$WASM2SO" run demo.so --dir . -- "${FILES[@]}" >so.out || [ $? = 1 ]; }
run_native() { ./demo "${FILES[@]}" >native.out || [ $? = 1 ]; }
run_node() { node --no-warnings "$HERE/node.js" demo.wasm "${FILES[@]}" >node.out || [ $? = 1 ]; }

cd "$WORK"
step "3. Run it" "wasm2so run demo.so --dir . -- ${FILES[*]}" run_so
sed 's/^/   | /' so.out
grep -q '^queens(12) = 14200$' so.out
grep -q '^missing.txt: No such file or directory$' so.out
step "4. The same source natively (clang-19 -O2 -march=native)" "./demo ${FILES[*]}" run_native
same native
if node --no-warnings -e 'new (require("node:wasi").WASI)({ version: "preview1" })' 2>/dev/null; then
    step "5. The same .wasm on node $(node --version)" "node node.js demo.wasm ${FILES[*]}" run_node
    same node
else
    echo "5. node is not installed, or has no node:wasi: left out"
fi
