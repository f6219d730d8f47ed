#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
# Artifacts of earlier compilers on today's runtime: builds the compiler at each commit of
# tests/abi/revisions, compiles modules with it, and runs them. Commits that this clone does not have
# (a shallow one) are skipped with a line.
#   usage: old.sh BUILD  (BUILD: today's; the old ones are built in BUILD/old)
set -euo pipefail
BUILD=$(realpath "$1")
cd "$(dirname "$0")"
ROOT=$(git rev-parse --show-toplevel)
FAILED=0

fail() { echo "FAILED: $*"; FAILED=1; }

build() { # COMMIT DIR
    [ ! -e "$2/build/bin/wasm2so" ] || return 0
    mkdir -p "$2/source"
    git -C "$ROOT" archive "$1" | tar -x -C "$2/source"
    cmake -S "$2/source" -B "$2/build" -G Ninja -DW2S_TESTS=OFF >"$2/log" 2>&1 &&
        cmake --build "$2/build" --target wasm2so wasm2so_compiler >>"$2/log" 2>&1
}

run() { # DIR EXPECTED ARG...: what the module prints, on today's runtime
    local so=$1 expected=$2 got
    shift 2
    got=$("$BUILD/bin/wasm2so" run "$so" "$@" 2>&1) || true
    [ "$got" = "$expected" ] || fail "$so $*: $got"
}

check() { # DIR
    local options
    for options in -O0 -O2 "--memory checked"; do
        # shellcheck disable=SC2086
        "$1/build/bin/wasm2so" compile old.wat $options -o "$1/old.so"
        run "$1/old.so" 110 --invoke add 34 76
        run "$1/old.so" $'7\n3' --invoke pair 3 7
        run "$1/old.so" $'1\n2\n3' --invoke three
        run "$1/old.so" 55 --invoke indirect 10
        run "$1/old.so" 1836278135 --invoke load 8
        run "$1/old.so" 1 --invoke grow 1
        [[ "$("$BUILD/bin/wasm2so" run "$1/old.so" --invoke load -1 2>&1)" = *"out of bounds memory access"* ]] ||
            fail "$1: no trap"
        "$BUILD/bin/wasm2so" run "$1/old.so" >"$1/out" 2>&1 || fail "$1: $(cat "$1/out")"
        [ "$(cat "$1/out")" = hello ] || fail "$1: $(cat "$1/out")"
        # The C functions of exports, by their symbols.
        cc -O1 old_host.c -o "$1/host" -I../../runtime/include -L"$BUILD/lib" -lwasm2so_rt -ldl \
            -Wl,-rpath,"$BUILD/lib"
        "$1/host" "$1/old.so" || fail "$1: C functions"
    done
}

while read -r commit what; do
    case $commit in '' | \#*) continue ;; esac
    if ! git -C "$ROOT" cat-file -e "$commit^{commit}" 2>/dev/null; then
        echo "skipped: revision $commit ($what) is not in this clone"
        continue
    fi
    dir=$BUILD/old/$commit
    if build "$commit" "$dir"; then
        check "$dir"
        echo "checked: revision $commit ($what)"
    else
        fail "revision $commit does not build: $dir/log"
    fi
done <revisions
exit $FAILED
