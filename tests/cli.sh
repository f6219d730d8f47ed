#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
# The command line from outside: exit codes, messages, files left behind, hostile input.
#   usage: cli.sh WASM2SO [--hostile]     --hostile: only the truncations and flipped bytes
set -u
WASM2SO=$(realpath "$1")
WORK=$(mktemp -d)
trap 'cd /; umount "$WORK/tiny" 2>/dev/null; rm -rf "$WORK"' EXIT
cd "$WORK"
export XDG_CACHE_HOME=$WORK/cache
passed=0 failed=0

fail() {
    failed=$((failed + 1))
    printf 'FAILED: %s\n' "$*"
    sed 's/^/    stdout: /' out
    sed 's/^/    stderr: /' err
}

# Three loads a step, at addresses that might wrap: vectorised all the same.
vector_loop() {
    cat <<'WAT'
(module (memory 1) (func (export "f") (param $p i32) (param $n i32)
  (loop $next
    (f64.store (i32.add (local.get $p) (i32.const 4104))
      (f64.add (f64.load (local.get $p)) (f64.load (i32.add (local.get $p) (i32.const 16)))))
    (local.set $p (i32.add (local.get $p) (i32.const 8)))
    (br_if $next (local.tee $n (i32.sub (local.get $n) (i32.const 1)))))))
WAT
}

# expect CODE STDOUT STDERR ARG...: runs the tool; the patterns (bash globs) must match its streams.
expect() {
    local code=$1 out=$2 err=$3 got=0
    shift 3
    timeout 900 "$WASM2SO" "$@" >out 2>err </dev/null || got=$?
    # shellcheck disable=SC2053
    if [ $got != "$code" ]; then fail "wasm2so $*: exit code $got, expected $code"
    elif [[ $(cat out) != $out ]]; then fail "wasm2so $*: stdout is not: $out"
    elif [[ $(cat err) != $err ]]; then fail "wasm2so $*: stderr is not: $err"
    else passed=$((passed + 1)); fi
}

holds() { # TEXT COMMAND...
    if "${@:2}"; then passed=$((passed + 1)); else fail "$1"; fi
}

no_leftovers() { ! find . -name '.wasm2so-*' -o -name '*.tmp' | grep -q .; }

cat >add.wat <<'WAT'
(module
  (memory (export "memory") 1)
  (data (i32.const 0) "some bytes")
  (table 2 funcref) (elem (i32.const 0) $add)
  (func $add (export "add") (param i32 i32) (result i32)
    (if (result i32) (i32.eqz (local.get 0)) (then (local.get 1))
      (else (i32.add (local.get 0) (local.get 1)))))
  (func (export "div") (param i32 i32) (result i32) (i32.div_s (local.get 0) (local.get 1)))
  (func (export "two") (result i64 f64) (i64.const -2) (f64.const 0.5))
  (func (export "null") (param externref) (result externref) (local.get 0))
  (func (export "half") (param f32) (result f32) (f32.mul (local.get 0) (f32.const 0.5)))
  (func $deep (export "deep") (call $deep))
  (func $inner (unreachable))
  (func $outer (export "outer") (call $inner)))
WAT
printf '(module (func (export "f") (param i32) (result i32) get_local 0))\n' >old.wat
cat >exit.wat <<'WAT'
(module
  (import "wasi_snapshot_preview1" "proc_exit" (func $exit (param i32)))
  (memory (export "memory") 1)
  (func (export "_start") (call $exit (i32.const 42))))
WAT

ordinary() {
    note="wasm2so: old.wat:1:53: note: 'get_local' is now 'local.get'"
expect 0 "" "$note" old.wat -o old.so
expect 0 "" "$note" compile old.wat --emit wasm -o old.wasm
expect 0 'wasm2so *' '' --version
    expect 0 '*compile*run*inspect*validate*' '' --help
    expect 0 '*--cpu NAME*' '' help compile
    expect 0 '*--dir HOST*' '' run --help
    expect 2 '' '*usage*'
    expect 2 '' "*unknown command 'frobnicate'*" frobnicate
    expect 2 '' '*no file*' compile
    expect 2 '' "*unknown*--nonsense*" compile add.wat --nonsense
    expect 1 '' '*no proxy-wasm filter*' compile add.wat --emit envoy-module
    expect 2 '' '*no file*' serve
    expect 2 '' "*--format: bad argument 'x'*" serve add.so --format x
    expect 2 '' '*input and output*' compile add.wat -o add.wat
    expect 2 '' '*needs -o*' compile -

    expect 0 '' '' validate add.wat
    expect 0 '' '' add.wat
    holds 'add.so is made' test -f add.so
    expect 0 '' '' compile add.wat -o other.so -O0
    expect 0 '' '' compile add.wat -o other.so -Os --memory checked -j 1
    expect 0 '*add_add*' '' compile add.wat --emit header -o -
    expect 0 '*define*' '' compile add.wat --emit llvm-ir -o -
    expect 0 '*add*' '' compile add.wat --emit asm -o -
    vector_loop >loop.wat
    expect 0 '*fadd <? x double>*' '' compile loop.wat --emit llvm-ir -o -
    expect 0 '' '' compile add.wat --emit obj
    expect 0 '' '' compile add.wat --emit wasm -o binary.wasm
    expect 0 110 '' run binary.wasm --invoke add 34 76
    expect 0 '' '' compile binary.wasm --emit wasm -o again.wasm
    holds 'a binary module stays as it is' cmp -s binary.wasm again.wasm
    expect 2 '' '*input and output*' compile binary.wasm --emit wasm
    expect 1 '' '*add.wat*cannot write*no/such*' compile add.wat --emit wasm -o no/such/out.wasm
    holds 'add.o is made' test -f add.o
    expect 0 '*exports: *add (i32, i32) -> *' '' inspect add.so
    expect 0 '*' '' inspect -h add.wat
    expect 0 '*i32.add*' '' inspect -d add.wat

    expect 0 110 '' run add.so --invoke add 34 76
    expect 0 -5 '' run add.so --invoke add -2 -3
    expect 0 -1 '' run add.so --invoke add 0xffffffff 0
    expect 0 $'-2\n0.5' '' run add.so --invoke two
    expect 0 null '' run add.so --invoke null null
    expect 0 nan '' run add.so --invoke half nan
    expect 0 -inf '' run add.so --invoke half -inf
    expect 0 110 '' run add.wat --invoke add 34 76
    expect 0 110 '*taken from*' run add.wat --verbose --invoke add 34 76
    expect 134 '' '*trap: integer divide by zero*' run add.so --invoke div 1 0
    expect 134 '' '*trap: integer overflow*' run add.so --invoke div -2147483648 -1
    expect 134 '' '*trap: call stack exhausted*' run add.so --invoke deep
    # What the cache keeps has the file's name.
    expect 134 '' '*0: * in add*' run add.wat --invoke deep
    expect 134 '' '*trap: unreachable*outer*' run add.so --invoke outer
    # More exports than one object has wrappers.
    { echo '(module (func $f (result i32) (i32.const 7))'; seq -f '(export "f%.0f" (func $f))' 9000; echo ')'; } >many.wat
    expect 0 '' '' many.wat -O0 -o many.so
    expect 0 7 '' run many.so --invoke f9000
    expect 2 '' "*no function 'sub'*add (i32, i32) -> *" run add.so --invoke sub
    expect 2 '' '*1 arguments given, 2 wanted*is (i32, i32) -> *' run add.so --invoke add 1
    expect 2 '' "*'x' is no i32*" run add.so --invoke add 1 x
    expect 2 '' "*'4294967296' is no i32*" run add.so --invoke add 1 4294967296
    expect 42 '' '' run exit.wat
    expect 1 '' '*memory*' run add.wat --max-memory 1 --invoke add 1 2
}

files() {
    expect 1 '' '*missing.wasm*No such file*' missing.wasm
    expect 1 '' '*No such file*' run missing.so
    expect 1 '' '*No such file*' validate missing.wasm
    expect 1 '' '*No such file*' compile add.wat -o no/such/dir/out.so
    mkdir -p folder.wasm
    expect 1 '' '*Is a directory*' folder.wasm
    expect 1 '' '*Is a directory*' compile add.wat -o folder.wasm
    : >empty.wasm
    expect 1 '' '*empty.wasm:0x0: malformed: unexpected end*' empty.wasm
    printf '\0asm\1\0\0\0' >small.wasm
    expect 0 '' '' small.wasm
    expect 1 '' '*magic header not detected*' validate add.so
    printf 'not a module' >junk.wasm
    expect 1 '' '*junk.wasm:1:1: malformed:*' junk.wasm
    printf 'not a module' >junk.so
    expect 1 '' '*' run junk.so
    head -c 3000 add.so >short.so
    expect 1 '' '*short.so: error:*' run short.so --invoke add 1 2
    expect 1 '' '*unknown import*' run needs.wat
    holds 'a device stays one' sh -c '"$0" add.wat -o /dev/null && test -c /dev/null' "$WASM2SO"
    expect 1 '' '*No space left*' compile add.wat -o /dev/full
    XDG_CACHE_HOME=/proc/none expect 0 110 '' run add.wat --invoke add 34 76
    XDG_CACHE_HOME=/proc/none expect 0 110 '*cannot use the cache*' run add.wat --verbose --invoke add 34 76
    expect 0 '' '' add.wat -o other.so --cache add.wat # which is no folder
    for kind in header asm wasm archive; do
        expect 1 '' '*No space left*' compile exit.wat --emit $kind -o /dev/full
    done
    # Builds with sanitizers make no programs.
    expect 1 '' '*@(No space left|no runtime)*' compile exit.wat --emit exe -o /dev/full
    holds 'what cannot be printed is an error' sh -c '! "$0" inspect add.so >/dev/full 2>err' "$WASM2SO"
    holds 'a file over the limit is an error' bash -c \
        'ulimit -f 2; ! "$0" add.wat -o big.so 2>err && grep -q "File too large" err && test ! -e big.so' "$WASM2SO"
    printf '(module \033[31m)' >colour.wat
    expect 1 '' '*illegal character*(module ?\[31m)*' colour.wat
    printf '(module (func (export "a\\1b[31m") (unreachable)))' >names.wat
    expect 2 '' '*a\\1b?31m () -> ()*' run names.wat --invoke none
    # A damaged entry is made anew.
    for entry in cache/wasm2so/*.so; do printf 'damage' | dd of="$entry" bs=1 seek=2000 conv=notrunc 2>/dev/null; done
    expect 0 110 '' run add.wat --invoke add 34 76
    holds 'nothing left behind' no_leftovers
}

# A module of several partitions, whose function 150 adds $1.
many_functions() {
    local n k added
    echo '(module'
    for n in {0..299}; do
        added=$([ "$n" = 150 ] && echo "$1" || echo 5)
        printf '(func (export "f%d") (param i32) (result i32) local.get 0' "$n"
        for k in {1..60}; do printf ' i32.const %d i32.mul i32.const %d i32.add' $((n + k)) "$added"; done
        echo ')'
    done
    echo ')'
}

parts() { find parts -name '*.o' | wc -l; }

# What has not changed is not compiled again, and the result is the same.
part_cache() {
    many_functions 7 >many.wat
    many_functions 8 >changed.wat
    expect 0 '' '' many.wat -o first.so -O1 --prefix m --cache parts
    local before
    before=$(parts)
    holds 'several parts' test "$before" -gt 3
    expect 0 '' '' changed.wat -o second.so -O1 --prefix m --cache parts
    holds 'one part and the descriptor are new' test $(($(parts) - before)) = 2
    expect 0 '' '' changed.wat -o plain.so -O1 --prefix m
    holds 'the same bytes' cmp -s plain.so second.so
    for entry in parts/*.o; do printf 'damage' | dd of="$entry" bs=1 seek=200 conv=notrunc 2>/dev/null; done
    rm parts/*.so
    expect 0 '' '' changed.wat -o third.so -O1 --prefix m --cache parts
    holds 'damaged parts are made anew' cmp -s plain.so third.so
}

full_disk() {
    mkdir tiny
    if ! mount -t tmpfs -o size=8k none tiny 2>/dev/null; then
        echo "left out: full disk (needs root and mount)"
        return
    fi
    head -c 8192 /dev/zero >tiny/fill
    expect 1 '' '*tiny/add.so*No space left*' compile add.wat -o tiny/add.so
    holds 'nothing left on the full disk' test "$(ls -A tiny)" = fill
    expect 0 110 '*not cached*' run add.wat --cache tiny --verbose --invoke add 34 76
    TMPDIR=$WORK/tiny expect 1 '' '*No space left*' run add.wat -O1 --cache tiny --invoke add 34 76
    holds 'nor of a failed run' test "$(ls -A tiny)" = fill
    rm tiny/fill
    expect 0 110 '' run add.wat --cache tiny --invoke add 34 76
    umount tiny
}

# Modules that declare much and are small.
# A line that is redrawn, with an estimate, for terminals only.
progress() {
    { printf '(module '; seq -f '(func (param i32) (result i32) (i32.mul (local.get 0) (i32.const %.0f)))' 5000; echo ')'; } >many.wat
    expect 0 '' '' compile many.wat -O1 -j1
    python3 -c 'import pty, sys; sys.exit(pty.spawn(sys.argv[1:]))' \
        "$WASM2SO" compile many.wat -O1 -j1 >out 2>err </dev/null
    holds "progress on a terminal" grep -q ' of 5000 functions, .* MB, .* s, about [0-9]* s left' out
}

huge() {
    printf '\0asm\1\0\0\0\1\6\377\377\377\377\17\140' >types.wasm
    expect 1 '' '*malformed*' types.wasm
    printf '\0asm\1\0\0\0\377\377\377\377\17' >section.wasm
    expect 1 '' '*malformed*' section.wasm
    printf '\0asm\1\0\0\0\1\4\1\140\0\0\3\2\1\0\12\14\1\12\1\377\377\377\377\17\177\13' >locals.wasm
    expect 1 '' '*malformed*' locals.wasm
    echo '(module (table 4294967295 funcref))' >table.wat
    expect 0 '' '' table.wat
    expect 1 '' '*' run table.so
    { printf '(module (func $f) '; for i in {1..3000}; do printf '(export "e%d" (func $f)) ' "$i"; done; echo ')'; } >exports.wat
    holds 'many exports compile' "$WASM2SO" exports.wat -o exports.so
    expect 0 '' '' run exports.so --invoke e3000
    # Wrappers come in parts of 4096.
    { echo '(module (func $f)'; seq -f '(export "e%.0f" (func $f))' 4096; echo ')'; } >full.wat
    "$WASM2SO" full.wat -O0 --save-temps 2>/dev/null
    holds 'a full part of wrappers has no empty one behind it' test "$(ls full.so.*.o | wc -l)" = 2
    echo '(module (memory 65536))' >memory.wat
    expect 0 '' '' memory.wat
    { printf '(module (func '; printf '(block %.0s' {1..20000}; printf ')%.0s' {1..20000}; echo '))'; } >nested.wat
    "$WASM2SO" validate nested.wat >out 2>err
    holds 'deep nesting does not crash' test $? -le 1
}

# The exit code must be 0 or 1, and there is a file exactly when it is 0.
hostile() { # FILE WHAT
    local code=0
    rm -f hostile.so
    "$WASM2SO" "$1" -o hostile.so -O0 >out 2>err || code=$?
    if [ $code -gt 1 ]; then fail "$2: exit code $code"
    elif [ $code = 1 ] && { [ -e hostile.so ] || [ ! -s err ]; }; then fail "$2: a file, or no message"
    elif grep -q 'internal error' err; then fail "$2: internal error"
    else passed=$((passed + 1)); fi
}

hostile_input() {
    command -v clang-19 >/dev/null || { echo "left out: hostile input (needs clang-19)"; exit 77; }
    cat >add.c <<'C'
int table(int a), counter = 3;
char text[] = "text";
int (*calls[])(int) = {table};
int table(int a) { return a ? a + text[a & 3] : counter++; }
int call(int i, int a) { return calls[i](a); }
C
    clang-19 -O1 --target=wasm32 -nostdlib -Wl,--no-entry,--export=call,--strip-all add.c -o add.wasm
    expect 0 '' '' add.wasm -o whole.so
    local size
    size=$(stat -c %s add.wasm)
    for ((at = 0; at < size; at++)); do
        head -c "$at" add.wasm >cut.wasm
        hostile cut.wasm "truncated to $at bytes"
        cp add.wasm flip.wasm
        byte=$(od -An -tu1 -j "$at" -N 1 add.wasm)
        printf "\\x$(printf %x $((byte ^ (1 << at % 8))))" | dd of=flip.wasm bs=1 seek="$at" conv=notrunc 2>/dev/null
        hostile flip.wasm "bit flipped at $at"
        printf '\xff' | dd of=flip.wasm bs=1 seek="$at" conv=notrunc 2>/dev/null
        "$WASM2SO" validate flip.wasm >out 2>err
        holds "0xff at $at: validate" test $? -le 1
    done
    holds 'nothing left behind' no_leftovers
}

# Where a guarded memory finds no room, run compiles a checked one unless told otherwise. Not for builds
# with sanitizers, which want terabytes.
short_space() {
    (ulimit -v 6000000 && "$WASM2SO" --version) >out 2>err || return 0
    ulimit -S -v 6000000
    expect 0 12 '' run add.wat --invoke add 5 7
    expect 1 '' '*cannot reserve 8 GiB*ulimit -v*--memory checked*' run add.wat --memory guard --invoke add 5 7
    # The canonical form of a group of types is as long as the group: kept once, not once a type.
    { echo '(module (func (export "f")) (rec'
      seq -f '(type (struct (field (ref null %.0f))))' 1 40000
      echo '(type (struct))) )'; } >group.wat
    expect 0 '' '' run group.wat -O0 --invoke f
    ulimit -S -v unlimited
}

# Counts of two runs in one file; then code by them, and files that are no profiles of it.
profiles() {
    expect 0 '' '' add.wat --pgo-gen -o counts.so
    expect 0 5 '' run counts.so --invoke add 0 5
    holds 'a profile named after the .so' test -s counts.w2sprof
    local size
    size=$(stat -c %s counts.w2sprof)
    W2S_PROFILE=counts.w2sprof expect 0 7 '' run counts.so --invoke add 3 4
    holds 'one more way was gone' test "$(stat -c %s counts.w2sprof)" -gt "$size"
    expect 0 '' '' add.wat --pgo-use counts.w2sprof -o by.so
    expect 0 7 '' run by.so --invoke add 3 4
    expect 1 '' '*add.wat: *the profile add.wat is none*' add.wat --pgo-use add.wat -o no.so
    expect 1 '' '*needs.wat: *the profile counts.w2sprof is that of another module*' needs.wat --pgo-use counts.w2sprof -o no.so
    expect 1 '' '*nowhere*' add.wat --pgo-use nowhere -o no.so
    W2S_PROFILE=/nowhere/at/all expect 1 7 '*counts.so: no profile was written: /nowhere/at/all: *' \
        run counts.so --invoke add 3 4
    head -c $((size - 1)) counts.w2sprof >cut.w2sprof
    expect 1 '' '*add.wat: *the profile cut.w2sprof is damaged*' add.wat --pgo-use cut.w2sprof -o no.so
    : >empty.w2sprof
    expect 1 '' '*add.wat: *the profile empty.w2sprof is none*' add.wat --pgo-use empty.w2sprof -o no.so
    holds 'no output' test ! -e no.so
}

echo '(module (import "nobody" "has" (func)))' >needs.wat
if [ "${2:-}" = --hostile ]; then
    hostile_input
else
    ordinary
    files
    short_space
    part_cache
    profiles
    full_disk
    progress
    huge
fi
echo "cli: $passed passed, $failed failed"
[ $failed = 0 ]
