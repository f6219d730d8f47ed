#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
# Cross-compiling: the same bytes wherever it is done, marks of branch targets, refusal on a machine
# or CPU that it is not for. With a driver of the target, run by EMULATOR, the code also runs.
#   usage: cross.sh WASM2SO [DRIVER EMULATOR...]
set -euo pipefail
WASM2SO=$(realpath "$1")
shift
WORK=$(mktemp -d)
trap 'rm -rf "$WORK"' EXIT
mkdir "$WORK/a" "$WORK/another place"

fail() { echo "FAILED: $*"; exit 1; }

cat >"$WORK/a/app.wat" <<'WAT'
(module $app
  (import "wasi_snapshot_preview1" "fd_write"
    (func $write (param i32 i32 i32 i32) (result i32)))
  (memory (export "memory") 1)
  (data (i32.const 16) "hello\n")
  (func (export "_start")
    (i32.store (i32.const 0) (i32.const 16))
    (i32.store (i32.const 4) (i32.const 6))
    (drop (call $write (i32.const 1) (i32.const 0) (i32.const 1) (i32.const 8))))
  (func $fac (export "fac") (param i64) (result i64)
    (if (result i64) (i64.eqz (local.get 0))
      (then (i64.const 1))
      (else (i64.mul (local.get 0) (call $fac (i64.sub (local.get 0) (i64.const 1)))))))
  (func (export "dot") (param i32) (result i32)
    (i32x4.extract_lane 0 (i32x4.dot_i16x8_s (i16x8.splat (local.get 0)) (i16x8.splat (local.get 0)))))
  (func (export "load") (param i32) (result i32) (i32.load (local.get 0)))
  (func $down (export "down") (param i32) (result i32)
    (i32.add (i32.const 1) (call $down (local.get 0)))))
WAT
cp "$WORK/a/app.wat" "$WORK/another place"

TARGET=aarch64-linux-gnu
compile() { "$WASM2SO" compile --target $TARGET "$@"; }

# ---- the same bytes, and nothing of the place in them ----

for options in "" "-O0" "-O3 --memory checked" "--cpu neoverse-n1" "-g"; do
    # shellcheck disable=SC2086
    (cd "$WORK/a" && compile $options -j 1 app.wat -o app.so)
    # shellcheck disable=SC2086
    (cd / && compile $options -j 2 "$WORK/another place/app.wat" -o "$WORK/another place/app.so")
    cmp "$WORK/a/app.so" "$WORK/another place/app.so" || fail "bytes depend on the place ($options)"
    if grep -qF "$WORK" "$WORK/a/app.so"; then fail "a path in the file ($options)"; fi
done

# ---- marks ----

compile "$WORK/a/app.wat" -o "$WORK/app.so"
READELF=$(command -v llvm-readelf-19 || command -v readelf || true)
if [ -n "$READELF" ]; then
    "$READELF" -n "$WORK/app.so" | grep -i 'aarch64 feature: BTI' >/dev/null || fail "no BTI mark"
fi

# ---- names of CPUs ----

for cpu in armv8-a generic cortex-a53 cortex-a72 neoverse-n1; do
    compile --cpu $cpu "$WORK/a/app.wat" -o "$WORK/$cpu.so"
done
cmp "$WORK/armv8-a.so" "$WORK/generic.so" || fail "armv8-a is not generic"
if compile --cpu no-such-cpu "$WORK/a/app.wat" -o "$WORK/x.so" 2>"$WORK/err"; then fail "an unknown CPU"; fi
grep -q 'unknown CPU "no-such-cpu" for aarch64' "$WORK/err" || fail "words: $(cat "$WORK/err")"

# ---- not for this machine ----

if [ "$(uname -m)" != aarch64 ]; then
    if "$WASM2SO" run "$WORK/app.so" 2>"$WORK/err"; then fail "ran on another machine"; fi
    grep -q 'made for AArch64, this machine is' "$WORK/err" || fail "words: $(cat "$WORK/err")"
fi

if [ "$(uname -m)" != aarch64 ]; then
    "$WASM2SO" inspect "$WORK/neoverse-n1.so" >"$WORK/manifest"
    for text in "not for this machine" "target       aarch64-linux-gnu" "cpu          neoverse-n1" \
        "cpu features crc,lse" "name         app"; do
        grep -qF "$text" "$WORK/manifest" || fail "no \"$text\" in: $(cat "$WORK/manifest")"
    done
    # Damaged files are refused or read as far as they go, never a crash.
    size=$(stat -c %s "$WORK/neoverse-n1.so")
    for ((n = 64; n < size; n += 61)); do
        head -c $n "$WORK/neoverse-n1.so" >"$WORK/cut.so"
        code=0
        "$WASM2SO" inspect "$WORK/cut.so" >/dev/null 2>&1 || code=$?
        [ $code -le 1 ] || fail "inspect of $n bytes: exit code $code"
    done
fi

[ $# -gt 0 ] || { echo "cross: compiled"; exit 0; }

# ---- on the target ----

DRIVER=$(realpath "$1")
shift
EMULATOR=("$@")
on() { local cpu=$1; shift; "${EMULATOR[@]}" -cpu "$cpu" "$DRIVER" "$@"; }
expect() { # TEXT COMMAND...
    local text=$1 got
    shift
    got=$("$@" 2>&1) || true
    grep -qF -- "$text" <<<"$got" || fail "expected \"$text\" from $*, got: $got"
}

for mode in guard checked; do
    for level in 0 2; do
        compile -O$level --memory $mode "$WORK/a/app.wat" -o "$WORK/app.so"
        for cpu in cortex-a53 max; do # the latter enforces the marks
            expect hello on $cpu run "$WORK/app.so"
            expect 2432902008176640000 on $cpu run "$WORK/app.so" --invoke fac 20
            expect 18 on $cpu run "$WORK/app.so" --invoke dot 3
            expect "out of bounds memory access" on $cpu run "$WORK/app.so" --invoke load 65533
            expect "call stack exhausted" on $cpu run "$WORK/app.so" --invoke down 1
        done
    done
done
for cpu in armv8-a cortex-a53 cortex-a72; do
    expect hello on cortex-a53 run "$WORK/$cpu.so"
done
expect hello on cortex-a76 run "$WORK/neoverse-n1.so"
expect "made for a CPU with lse, which this one lacks" on cortex-a53 run "$WORK/neoverse-n1.so"
expect "cpu          neoverse-n1" on cortex-a76 inspect "$WORK/neoverse-n1.so"
expect "target       aarch64-linux-gnu" on cortex-a76 inspect "$WORK/neoverse-n1.so"
expect "lse,rdm,fullfp16,dotprod" on cortex-a76 inspect "$WORK/neoverse-n1.so"
echo "cross: compiled and run"
