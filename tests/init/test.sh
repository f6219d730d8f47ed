#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
# compile --init: what an initialiser leaves is there in the module, it does not run again, and what
# cannot be kept is refused.
#   usage: test.sh WASM2SO [CLANG]     (CLANG: with a C library for wasm32-wasi)
set -euo pipefail
WASM2SO=$(realpath "$1") CLANG=${2:-}
HERE=$(cd "$(dirname "$0")" && pwd)
WORK=$(mktemp -d)
trap 'rm -rf "$WORK"' EXIT
cd "$WORK"
FAILED=0

fail() { echo "FAILED: $*"; FAILED=1; }

gives() { # EXPECTED FILE EXPORT [ARG...]
    local expected=$1 file=$2 got
    shift 2
    got=$("$WASM2SO" run "$file" --invoke "$@" 2>&1 | tr '\n' ' ') || true
    [[ "$got" = $expected ]] || fail "$file $*: $got"
}

refuses() { # WORDS WAT [OPTION...]
    local words=$1 code=0
    printf '%s\n' "$2" >refused.wat
    shift 2
    "$WASM2SO" compile refused.wat -o refused.so "${@:---init}" >out 2>&1 || code=$?
    [ $code = 1 ] && grep -qF -- "$words" out || fail "exit code $code: $(cat out)"
    [ ! -e refused.so ] || fail "there is a file: $words"
}

# ---- all that is kept ----

state() { # FILE
    gives '961 ' "$1" at 31
    gives '998001 ' "$1" at 999
    gives '0 ' "$1" load 8
    gives '-2 ' "$1" load 131072
    gives '77 ' "$1" load2 65535
    gives '101 ' "$1" load2 10
    gives '-33 -7 -0.5 inf 0x00000004000000030000000200000001 ' "$1" all
    gives '3 ' "$1" size
    gives '112 ' "$1" init 100
    gives '*out of bounds*' "$1" dropped
}

cp "$HERE/state.wat" .
for options in -O0 -O2 "--memory checked"; do
    # shellcheck disable=SC2086
    "$WASM2SO" compile state.wat --init $options -o state.so
    state state.so
done
"$WASM2SO" compile state.wat --init=wasm2so_init --emit wasm -o kept.wasm
"$WASM2SO" compile kept.wasm -o kept.so
state kept.so
"$WASM2SO" compile state.wat --init --emit wasm -o again.wasm
cmp kept.wasm again.wasm || fail "not the same bytes"
"$WASM2SO" compile state.wat --init --emit wasm -o - >piped.wasm
cmp kept.wasm piped.wasm || fail "not the same bytes through a pipe"

"$WASM2SO" compile state.wat --init --target aarch64-linux-gnu -o other.so # it runs here

# ---- what is not ----

refuses '--init: no exported function wizer-initialize' '(module (func (export "f")))'
refuses '--init: no exported function g' '(module (func (export "g") (param i32)))' --init=g
refuses 'WASI functions can be imported, not "f" of "env"' \
    '(module (import "env" "f" (func)) (func (export "_initialize")))'
refuses 'not "memory" of "env"' \
    '(module (import "env" "memory" (memory 1)) (func (export "_initialize")))'
refuses 'a shared memory cannot be kept' '(module (memory 1 1 shared) (func (export "_initialize")))'
refuses 'changed a table or a reference' \
    '(module (table 1 funcref) (func $f (export "_initialize")
       (table.set (i32.const 0) (ref.func $f))) (elem declare func $f))'
refuses 'changed a table or a reference' \
    '(module (table 1 funcref) (func (export "_initialize")
       (drop (table.grow (ref.null func) (i32.const 1)))))'
refuses 'changed a table or a reference' \
    '(module (global $g (mut funcref) (ref.null func)) (func $f (export "_initialize")
       (global.set $g (ref.func $f))) (elem declare func $f))'
refuses 'the initialiser failed' '(module (func (export "_initialize") unreachable))'
refuses 'the initialiser failed' '(module (import "wasi_snapshot_preview1" "proc_exit"
    (func $exit (param i32))) (func (export "_initialize") (call $exit (i32.const 0))))'
refuses 'invalid' '(module (func (export "_initialize") (drop)))'

# ---- a program in C ----

if [ -n "$CLANG" ] && "$CLANG" --target=wasm32-wasi -O2 "$HERE/primes.c" -o primes.wasm 2>err; then
    mkdir data
    printf 'hello' >data/greeting
    "$WASM2SO" compile primes.wasm -o plain.so
    "$WASM2SO" compile primes.wasm --init --dir data::/data:ro -o made.so
    rm -r data
    [ "$("$WASM2SO" run plain.so)" = '148933 none' ] || fail "primes without --init"
    [ "$("$WASM2SO" run made.so)" = '148933 hello' ] || fail "primes with --init"
else
    echo "left out: a program in C (no C library for wasm32-wasi)"
fi
exit $FAILED
