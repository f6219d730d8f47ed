#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
# The same module gives the same bytes: on any number of threads, in any place, on any day, whatever the
# environment, with parts from a cache or without, and by a profile. The module is a random one of many
# functions, so that there are several parts and every pass of the optimiser has something to do.
#   usage: identical.sh WASM2SO CC
set -euo pipefail
WASM2SO=$(realpath "$1")
CC=$2
TESTS=$(dirname "$(realpath "$0")")
WORK=$(mktemp -d)
trap 'rm -rf "$WORK"' EXIT
mkdir -p "$WORK/here" "$WORK/another place/further down" "$WORK/home" "$WORK/tmp"
HERE=$WORK/here
THERE="$WORK/another place/further down"

fail() { echo "FAILED: $*"; exit 1; }

python3 - "$TESTS/fuzz" "$HERE/app.wasm" <<'PY'
import sys
sys.path.insert(0, sys.argv[1])
from random_module import random_module
open(sys.argv[2], "wb").write(random_module(5, 100))
PY
cp "$HERE/app.wasm" "$THERE"
cat >"$HERE/text.wat" <<'WAT'
(module (memory 1) (func $first (export "f") (param i32) (result i32) (i32.load (local.get 0)))
  (func (export "_start") (drop (call $first (i32.const 3)))))
WAT
cp "$HERE/text.wat" "$THERE"

# Every clock is some years ahead.
cat >"$WORK/day.c" <<'C'
#include <sys/syscall.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>
enum { AHEAD = 100000000 };
int clock_gettime(clockid_t clock, struct timespec *now)
{
    long failed = syscall(SYS_clock_gettime, clock, now);
    now->tv_sec += AHEAD;
    return (int)failed;
}
time_t time(time_t *out)
{
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    if (out)
        *out = now.tv_sec;
    return now.tv_sec;
}
int gettimeofday(struct timeval *restrict out, void *restrict zone)
{
    (void)zone;
    out->tv_sec = time(NULL);
    out->tv_usec = 0;
    return 0;
}
C
"$CC" -D_GNU_SOURCE -shared -fPIC -O1 "$WORK/day.c" -o "$WORK/day.so"
[ "$(date +%s)" -lt $(($(LD_PRELOAD=$WORK/day.so date +%s) - 1000000)) ] || fail "the clock is not ahead"

another_day() { # COMMAND...: with as much as possible of the environment changed
    (cd / && umask 077 && env -i PATH="$PATH" HOME="$WORK/home" TMPDIR="$WORK/tmp" TZ=Asia/Kathmandu LC_ALL=C.UTF-8 \
        USER=nobody COLUMNS=20 SOURCE_DATE_EPOCH=1 LD_PRELOAD="$WORK/day.so" "$@")
}

# same "JOBS..." FILE SUFFIX OPTION...: what the compiler makes of FILE
same() {
    local several=$1 file=$2 kind=$3 jobs
    shift 3
    (cd "$HERE" && "$WASM2SO" "$file" -j 1 "$@" -o "one.$kind")
    for jobs in $several; do
        another_day "$WASM2SO" "$THERE/$file" -j $jobs "$@" -o "$THERE/one.$kind"
        cmp "$HERE/one.$kind" "$THERE/one.$kind" || fail "$file $*: other bytes with -j $jobs"
    done
    if grep -qF "$WORK" "$HERE/one.$kind"; then fail "$file $*: a path in the file"; fi
}

same "2 7" app.wasm so
same 7 app.wasm so -O0 --memory checked -g
same 7 app.wasm so -O3 --fuel --cpu native
same 7 app.wasm so -O1 --target aarch64-linux-gnu --interruptible
same 7 app.wasm ll -O1 --emit llvm-ir
for kind in exe obj archive header asm wasm; do same 7 text.wat $kind --emit $kind; done

# By a profile of one run; what counts is the same as well.
same 7 app.wasm so --pgo-gen
for name in t0 t1 t2 t3 t4 t5 t6 t7 t8 t9; do # some of them trap, which writes no profile
    W2S_PROFILE=$WORK/profile "$WASM2SO" run "$HERE/one.so" --invoke $name >/dev/null 2>&1 || true
done
same "2 7" app.wasm so --pgo-use "$WORK/profile"

# What an empty cache gives, and a full one.
cp "$HERE/one.so" "$WORK/plain.so"
for state in cold warm; do
    another_day "$WASM2SO" "$THERE/app.wasm" --pgo-use "$WORK/profile" -j 7 --cache "$WORK/parts" -o "$THERE/$state.so"
    cmp "$WORK/plain.so" "$THERE/$state.so" || fail "other bytes from a $state cache"
    rm "$WORK"/parts/*.so # the whole; what stays is its parts
done
[ "$(find "$WORK/parts" -name '*.o' | wc -l)" -gt 2 ] || fail "hardly any parts"
echo "identical: every time"
