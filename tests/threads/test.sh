#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
# Programs with threads (wasi-threads) through the command line: what they compute, and how they end.
#   usage: test.sh WASM2SO
set -euo pipefail
WASM2SO=$(realpath "$1")
cd "$(dirname "$0")"
WORK=$(mktemp -d)
trap 'rm -rf "$WORK"' EXIT
FAILED=0

# A standard input that says nothing and does not end.
mkfifo "$WORK/silent"
exec 3<>"$WORK/silent"

fail() {
    echo "FAILED: $*"
    FAILED=1
}

gives() { # EXPORT LINE...: prints these lines
    local name=$1 got
    shift
    got=$(timeout 900 "$WASM2SO" run "$SO" --invoke "$name" </dev/null 2>&1) || got="exit code $?: $got"
    [ "$got" = "$(printf '%s\n' "$@")" ] || fail "$SO: $name: $got"
}

ends() { # EXPORT CODE [TEXT]: ends with that code; the first line on stderr is the text
    local code=0
    timeout 900 "$WASM2SO" run "$SO" --invoke "$1" <"$WORK/silent" >/dev/null 2>"$WORK/err" || code=$?
    [ $code = "$2" ] && [ "$(head -n 1 "$WORK/err")" = "${3:-}" ] ||
        fail "$SO: $1: exit code $code, $(cat "$WORK/err")"
}

check() {
    gives count 400000 1717986918800000 32768 58752
    gives lock 160000
    gives pingpong 10000
    gives queue 8004000
    gives grow 65534 15 16
    gives chain 100
    gives numbers 510 36
    gives timeout 2 1
    ends trap_while_waiting 134 "wasm2so: trap: unreachable"
    ends trap_while_computing 134 "wasm2so: trap: unreachable"
    ends exit_while_waiting 7
    ends exit_while_computing 7
    ends exit_while_reading 7
    ends main_exits 9
    ends main_traps 134 "wasm2so: trap: unreachable"
    gives main_returns 5
    local lines
    lines=$("$WASM2SO" run "$SO" --invoke write | sort | uniq -c | tr -s ' ')
    [ "$lines" = " 800 line" ] || fail "$SO: write: $lines"
}

for options in "-O0 --memory checked" "-O2"; do
    SO=$WORK/threads${options// /_}.so
    # shellcheck disable=SC2086
    "$WASM2SO" compile threads.wat -o "$SO" $options
    check
done
[ $FAILED = 0 ] && echo "threads: all as expected"
exit $FAILED
