#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
# run --timeout and --fuel: programs without end are ended, whatever they do; what ends by itself is
# left alone, and uses the same fuel at every level and on every machine; a compiled file without what the option needs is refused. With a driver of another target, run by
# EMULATOR, the programs are compiled for it and run there.
#   usage: limits.sh WASM2SO [DRIVER EMULATOR...]
set -uo pipefail
WASM2SO=$(realpath "$1")
shift
RUN=("$WASM2SO" run) TARGET=()
if [ $# -gt 0 ]; then
    RUN=("${@:2}" "$(realpath "$1")" run)
    TARGET=(--target aarch64-linux-gnu)
fi
WORK=$(mktemp -d)
trap 'rm -rf "$WORK"' EXIT
cd "$WORK" || exit 1
export XDG_CACHE_HOME=$WORK/cache
failed=0

# A standard input that says nothing and does not end.
mkfifo silent
exec 3<>silent

# expect CODE OUTPUT ARG...: both streams must match the pattern.
expect() {
    local code=$1 pattern=$2 got=0
    shift 2
    timeout 60 "$@" >out 2>&1 <&3 || got=$?
    # shellcheck disable=SC2053
    [ $got = "$code" ] && [[ $(cat out) == $pattern ]] && return
    echo "FAILED: $*: exit code $got, expected $code: $(cat out)"
    failed=1
}

cat >app.wat <<'WAT'
(module
  (import "wasi_snapshot_preview1" "fd_read" (func $read (param i32 i32 i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "poll_oneoff" (func $poll (param i32 i32 i32 i32) (result i32)))
  (memory (export "memory") 1)
  (global $n (mut i32) (i32.const 0))
  (func (export "loop") (loop (br 0)))
  (func $tree (export "tree") (param i64)
    (if (i64.gt_s (local.get 0) (i64.const 0)) (then
      (call $tree (i64.sub (local.get 0) (i64.const 1)))
      (call $tree (i64.sub (local.get 0) (i64.const 1)))
      (global.set $n (i32.add (global.get $n) (i32.const 1))))))
  (func $tail (export "tail") (return_call $tail))
  (func (export "read") ;; blocks
    (i32.store (i32.const 0) (i32.const 64)) (i32.store (i32.const 4) (i32.const 1))
    (drop (call $read (i32.const 0) (i32.const 0) (i32.const 1) (i32.const 8))))
  (func (export "sleep") ;; an hour at a time
    (i64.store (i32.const 24) (i64.const 3600000000000))
    (loop (drop (call $poll (i32.const 0) (i32.const 128) (i32.const 1) (i32.const 256))) (br 0)))
  (func (export "add") (param i32 i32) (result i32) (i32.add (local.get 0) (local.get 1))))
WAT
for level in 0 2; do
    "$WASM2SO" compile ${TARGET[@]+"${TARGET[@]}"} -O$level --interruptible app.wat -o app.so || failed=1
    expect 134 '*trap: interrupted*loop*' "${RUN[@]}" app.so --timeout 50 --invoke loop
    expect 134 '*trap: interrupted*tree*' "${RUN[@]}" app.so --timeout 50 --invoke tree 1000
    expect 134 '*trap: interrupted*tail*' "${RUN[@]}" app.so --timeout 50 --invoke tail
done
expect 134 '*trap: interrupted*' "${RUN[@]}" app.so --timeout 50 --invoke read
expect 134 '*trap: interrupted*sleep*' "${RUN[@]}" app.so --timeout 50 --invoke sleep
expect 0 5 "${RUN[@]}" app.so --timeout 60000 --invoke add 2 3
expect 0 5 "${RUN[@]}" app.so --invoke add 2 3
"$WASM2SO" compile ${TARGET[@]+"${TARGET[@]}"} app.wat -o plain.so || failed=1
expect 1 '*plain.so*--timeout needs*--interruptible*' "${RUN[@]}" plain.so --timeout 50 --invoke loop
expect 2 '*--timeout*' "${RUN[@]}" app.so --timeout 0 --invoke loop

# 72 in main; 8 for each call but the last, which is asked for 2 of its 3. 
cat >fuel.wat <<'WAT'
(module (memory 1)
  (func $sum (param i32) (result i32)
    (if (result i32) (local.get 0)
      (then (i32.add (local.get 0) (call $sum (i32.sub (local.get 0) (i32.const 1)))))
      (else (i32.const 0))))
  (func (export "main") (result i32) (local i32)
    (loop (br_if 0 (i32.lt_u (local.tee 0 (i32.add (local.get 0) (i32.const 1))) (i32.const 10))))
    (call $sum (i32.const 100))))
WAT
for level in 0 2 3; do
    "$WASM2SO" compile ${TARGET[@]+"${TARGET[@]}"} -O$level --fuel fuel.wat -o fuel.so || failed=1
    expect 0 5050 "${RUN[@]}" fuel.so --fuel 875 --invoke main
    expect 134 '*trap: all fuel consumed*sum*' "${RUN[@]}" fuel.so --fuel 873 --invoke main
    expect 0 5050 "${RUN[@]}" fuel.so --invoke main
done
expect 1 '*plain.so*--fuel needs*' "${RUN[@]}" plain.so --fuel 1000 --invoke loop
expect 2 '*--fuel*' "${RUN[@]}" fuel.so --fuel -1 --invoke main

if [ ${#TARGET[@]} = 0 ]; then # the driver compiles what the option needs
    expect 0 5 "${RUN[@]}" app.wat --invoke add 2 3
    expect 134 '*trap: interrupted*' "${RUN[@]}" app.wat --timeout 50 --invoke loop
    expect 134 '*trap: interrupted*' "${RUN[@]}" app.wat --timeout 50 --memory checked --invoke loop
    expect 134 '*trap: all fuel consumed*' "${RUN[@]}" app.wat --fuel 100000 --invoke loop
    printf '(module (func $s (loop (br 0))) (start $s))' >start.wat
    expect 134 '*trap: interrupted*' "${RUN[@]}" start.wat --timeout 50
fi
# ---- what is generated: vector loops stay, polls are where they must be, accesses in order ----

cat >loops.wat <<'WAT'
(module (memory 1)
  (func (export "sum") (param i32) (result i32) (local i32 i32)
    (loop
      (local.set 1 (i32.xor (local.get 1) (i32.mul (local.get 2) (local.get 2))))
      (br_if 0 (i32.lt_u (local.tee 2 (i32.add (local.get 2) (i32.const 1))) (local.get 0))))
    (local.get 1))
  (func (export "short") (result i32) (local i32)
    (loop
      (i32.store8 (local.get 0) (i32.xor (i32.load8_u offset=100 (local.get 0)) (local.get 0)))
      (br_if 0 (i32.ne (local.tee 0 (i32.add (local.get 0) (i32.const 1))) (i32.const 99))))
    (i32.load (i32.const 0)))
  (func (export "dead") (param i32) (drop (i32.load (local.get 0)))))
WAT
# has COUNT PATTERN ARG...: that many lines of the optimised IR have the pattern (+: at least one)
has() {
    local count=$1 pattern=$2 found
    shift 2
    "$WASM2SO" compile ${TARGET[@]+"${TARGET[@]}"} loops.wat --emit llvm-ir -o loops.ll "$@" || failed=1
    found=$(grep -c -- "$pattern" loops.ll)
    [ "$count" = + ] && [ "$found" -gt 0 ] || [ "$count" = "$found" ] ||
        { echo "FAILED: $*: $found times $pattern, not $count"; failed=1; }
}
poll='asm sideeffect "\(testb %al\|ldrb wzr\)'
has 0 "$poll" -O2
has + "$poll" -O2 --interruptible
has + 'mul <4 x i32>' -O2
has + 'mul <4 x i32>' -O2 --interruptible
has 2 "$poll" -O0 --interruptible
has 0 'volatile' -O2
has + 'store volatile i8' -O2 --strict-traps
has + 'load volatile i32' -O2 --strict-traps
has + 'asm sideeffect ""' -O1
has 0 'asm sideeffect ""' -O1 --relaxed-traps

[ $failed = 0 ] && echo "limits: all passed"
exit $failed
