#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
# wasm2so run --sandbox: programs of every kind do what they do without it. Executables are tested in
# tests/exe.sh, what the sandbox refuses in tests/runtime/test_sandbox.c.
#   usage: sandbox.sh WASM2SO CLANG
# exit code 77: this kernel has nothing to make a sandbox of
set -euo pipefail
WASM2SO=$(realpath "$1") CLANG=$2
cd "$(dirname "$0")"
WORK=$(mktemp -d)
trap 'rm -rf "$WORK"' EXIT
CHECKS=0

# same COMMAND...: arguments of run that print and return the same with the sandbox as without.
same() {
    local code=0 confined=0
    "$WASM2SO" run "$@" >"$WORK/out" 2>"$WORK/err" || code=$?
    "$WASM2SO" run --sandbox "$@" >"$WORK/out.confined" 2>"$WORK/err.confined" || confined=$?
    if [ $code != $confined ] || ! cmp "$WORK/out" "$WORK/out.confined" ||
        ! diff "$WORK/err" "$WORK/err.confined"; then
        echo "FAILED: run --sandbox $*: exit code $confined, not $code"
        exit 1
    fi
    CHECKS=$((CHECKS + 1))
}

echo '(module (func (export "_start")))' >"$WORK/empty.wat"
if ! "$WASM2SO" run --sandbox "$WORK/empty.wat" 2>"$WORK/err"; then
    grep 'this kernel has neither' "$WORK/err" && exit 77
    exit 1
fi
grep 'sandbox without' "$WORK/err" && exit 77 # with one part only each run says so

cat >"$WORK/objects.wat" <<WAT
(module (type \$t (struct (field i32) (field (ref null \$t))))
  (func (export "_start") (local \$i i32) (local \$list (ref null \$t))
    (loop \$next
      (local.set \$list (struct.new \$t (local.get \$i)
        (if (result (ref null \$t)) (i32.and (local.get \$i) (i32.const 255))
          (then (local.get \$list)) (else (ref.null \$t)))))
      (local.set \$i (i32.add (local.get \$i) (i32.const 1)))
      (br_if \$next (i32.lt_u (local.get \$i) (i32.const 3000000))))))
WAT
cat >"$WORK/grow.wat" <<WAT
(module (memory 1)
  (func (export "_start")
    (if (i32.ne (memory.grow (i32.const 2000)) (i32.const 1)) (then unreachable))
    (i32.store (i32.const 130000000) (i32.const 1))
    (drop (i32.load (i32.const 0xfffffff0)))))
WAT
echo '(module (func (export "_start") (loop $l (br $l))))' >"$WORK/endless.wat"
echo '(module (func $f (export "_start") (call $f) (call $f)))' >"$WORK/deep.wat"
cat >"$WORK/throw.wat" <<WAT
(module (tag \$t) (func \$f (throw \$t))
  (func (export "_start") (block \$caught (try_table (catch_all \$caught) (call \$f)) unreachable)
    (call \$f)))
WAT
same "$WORK/objects.wat"
for memory in guard checked; do same "$WORK/grow.wat" --memory $memory; done
same "$WORK/endless.wat" --timeout 50
same "$WORK/deep.wat"
(ulimit -s unlimited 2>/dev/null || ulimit -s 100000 2>/dev/null || true; same "$WORK/deep.wat")
same "$WORK/throw.wat"
"$WASM2SO" compile threads/threads.wat -o "$WORK/threads.so"
for export in count lock pingpong queue grow chain; do same "$WORK/threads.so" --invoke $export; done

# C programs, with files.
to_wasm() { "$CLANG" --target=wasm32-wasi --sysroot="${WASI_SYSROOT:-/usr}" -O2 "$1" -o "$2"; }
if to_wasm guests/wasi_files.c "$WORK/files.wasm" 2>/dev/null; then
    to_wasm guests/wasi_escape.c "$WORK/escape.wasm"
    mkdir "$WORK/dir"
    same "$WORK/files.wasm" --dir "$WORK/dir::/"
    same "$WORK/escape.wasm" --dir "$WORK/dir::/"
    same "$WORK/escape.wasm" --dir "$WORK/dir::/:ro"
fi
if "$WASM2SO" run --sandbox "$WORK/empty.wat" --dir "$WORK/nowhere" 2>"$WORK/err"; then exit 1; fi
grep -q 'cannot open directory' "$WORK/err"
if "$WASM2SO" run --sandbox "$WORK/empty.wat" --preload "a=$WORK/empty.wat" 2>"$WORK/err"; then exit 1; fi
grep -q 'exclude each other' "$WORK/err"
echo "sandbox: $CHECKS programs as without"
