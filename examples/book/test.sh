#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
# Compiles the examples of chapter 3 and runs them, once from the host program, once from the command
# line.   usage: test.sh WASM2SO HOST
set -euo pipefail
WASM2SO=$(realpath "$1") HOST=$(realpath "$2")
cd "$(dirname "$0")"
WORK=$(mktemp -d)
trap 'rm -rf "$WORK"' EXIT

for source in *.wat; do
    "$WASM2SO" "$source" -o "$WORK/${source%.wat}.so"
done

"$HOST" "$WORK" | diff expected.txt -

invoke() { # EXPECTED MODULE NAME ARG...
    local got code=0
    got=$("$WASM2SO" run "$WORK/$2.so" --invoke "${@:3}" 2>"$WORK/stderr") || code=$?
    got="$got$(sed -n 's/^wasm2so: trap: / trap: /p' "$WORK/stderr") $code"
    [ "$got" = "$1" ] || { echo "$2 ${*:3}: got '$got', expected '$1'"; cat "$WORK/stderr"; exit 1; }
}

"$WASM2SO" run "$WORK/empty.so" 2>/dev/null
invoke '100 0' hello hellowat2wasm
invoke '110 0' add add 34 76
invoke '-2147483648 0' add add 2147483647 1
invoke '42 0' calc subtract 76 34
invoke '96 0' calc multiply 12 8
invoke '100 0' wrap add1
invoke '90 0' table callByIndex 0 56 34
invoke ' trap: undefined element 134' table callByIndex 3 1 1
invoke ' trap: undefined element 134' table callByIndex -1 1 1
invoke '1 0' memory_grow size
invoke '-1 0' memory_grow grow 4

# What a module imports can come from another one.
"$WASM2SO" run "$WORK/import_add.so" --invoke add1 2>"$WORK/stderr" && exit 1
grep -q 'link error: unknown import' "$WORK/stderr"
cat >"$WORK/give.wat" <<WAT
(module (func (export "add") (param i32 i32)))
WAT
"$WASM2SO" run "$WORK/import_add.so" --preload "example=$WORK/give.wat" --cache "$WORK/cache" --invoke add1
