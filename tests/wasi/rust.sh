#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
# Rust's standard library on our WASI: rust_std.rs, whose checks are counted as those of test.sh.
#   usage: rust.sh WASM2SO CACHE  (CACHE: the folder where the Rust toolchain is or goes)
# exit code 77: there is no Rust for wasm32-wasi to be had
set -euo pipefail
WASM2SO=$(realpath "$1")
SOURCE=$(realpath "$(dirname "$0")")
RUST=$("$SOURCE/../support/rust-wasm.sh" "$2") || exit 77
WORK=$(mktemp -d)
trap 'rm -rf "$WORK"' EXIT
cd "$WORK"

RUSTC_BOOTSTRAP=1 "$RUST/rustc" --target wasm32-wasi --edition 2021 -O -C strip=symbols "$SOURCE/rust_std.rs" -o guest.wasm
"$WASM2SO" compile -O1 guest.wasm -o guest.so
mkdir root
guest() { "$WASM2SO" run guest.so --dir root::/ "$@"; }
ends_with() { # CODE WORDS ARG...
    local want=$1 words=$2 status=0
    shift 2
    guest -- "$@" >out 2>err || status=$?
    echo "exit code $status" >>err
    if [ $status = "$want" ] && [ ! -s out ] && grep -qs "$words" err; then
        echo "checks proc_exit 1 0"
    else
        echo "FAILED rust.sh: $*: exit code $status"
    fi
}
{
    echo input | guest --env A=1 --env UNI=ü€ -- std '' 'two words' 'ü€😀' || echo "FAILED exit code $?"
    ends_with 42 'exit code 42' exit
    ends_with 134 'as asked' panic
    [ -z "$(ls -A root)" ] || echo "FAILED files are left: $(ls root)"
} >log
awk '/^FAILED/ { bad = 1; print } /^checks / { passed += $3; failed += $4; n++ }
    END { printf "WASI from Rust: %d functions, %d checks passed, %d failed\n", n, passed, failed
          exit bad || failed > 0 }' log
