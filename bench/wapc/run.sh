#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
# Calls of a waPC guest a second, one instance, one thread: the hosts of examples/wapc over the .so, and
# the host of npm on V8. What examples/wapc/test.sh has built is measured; run it first. All take turns;
# the median of the rounds is printed.
#   usage: run.sh BUILD [ROUNDS]
set -euo pipefail
BUILD=$(realpath "$1") ROUNDS=${2:-5}
SOURCE=$(realpath "$(dirname "$0")") ROOT=$(realpath "$(dirname "$0")/../..")
CACHE=$BUILD/wapc
WORK=$(mktemp -d)
trap 'rm -rf "$WORK"' EXIT

guests=(c)
"$ROOT/examples/wapc/guests/c/build.sh" clang-19 "$WORK/c.wasm"
rust=$CACHE/guests/modern/target/wasm32-unknown-unknown/release/guest.wasm
[ ! -e "$rust" ] || { cp "$rust" "$WORK/rust.wasm"; guests+=(rust); }

# shellcheck disable=SC2046
cc -std=gnu17 -O2 -I"$ROOT/runtime/include" "$ROOT/examples/wapc/hosts/c/host.c" -o "$WORK/host" \
    -L"$BUILD/lib" -lwasm2so_rt -Wl,-rpath,"$BUILD/lib" $(pkg-config --cflags --libs msgpack)
mkdir -p "$CACHE/peer"
echo '{"private":true,"dependencies":{"@wapc/host":"0.0.3"}}' >"$CACHE/peer/package.json"
[ -d "$CACHE/peer/node_modules" ] || (cd "$CACHE/peer" && npm install --no-audit --no-fund >/dev/null)

measure() { # HOST GUEST COUNT: a number
    case $1 in
    C) "$WORK/host" "$WORK/$2.so" $((10 * $3)) ;;
    Rust) "$CACHE/hosts/rust/target/release/host" "$WORK/$2.so" $((10 * $3)) ;;
    Go) "$CACHE/hosts/go/host" "$WORK/$2.so" $((10 * $3)) ;;
    Node) (cd "$CACHE/hosts/node" && WASM2SO_RT=$BUILD/lib/libwasm2so_rt.so.1 \
        node host.js "$WORK/$2.so" "$3") ;;
    Addon) (cd "$CACHE/hosts/node" && WAPC_ADDON=./wapc.node node host.js "$WORK/$2.so" $((5 * $3))) ;;
    V8) (cd "$CACHE/peer" && node "$SOURCE/peer.mjs" "$WORK/$2.wasm" "$3") ;;
    esac 2>/dev/null | sed 's/ .*//'
}

hosts=(C)
[ ! -x "$CACHE/hosts/rust/target/release/host" ] || hosts+=(Rust)
[ ! -x "$CACHE/hosts/go/host" ] || hosts+=(Go)
[ ! -d "$CACHE/hosts/node/node_modules" ] || hosts+=(Node)
[ ! -e "$CACHE/hosts/node/wapc.node" ] || hosts+=(Addon)
hosts+=(V8)
printf '| guest | host | calls a second |\n|---|---|---|\n'
for guest in "${guests[@]}"; do
    "$BUILD/bin/wasm2so" --cpu native "$WORK/$guest.wasm" -o "$WORK/$guest.so"
    for ((round = 0; round < ROUNDS; round++)); do
        for host in "${hosts[@]}"; do measure "$host" "$guest" 20000 >>"$WORK/$guest.$host"; done
    done
    for host in "${hosts[@]}"; do
        printf '| %s | %s | %s |\n' "$guest" "$host" \
            "$(sort -n "$WORK/$guest.$host" | sed -n "$((ROUNDS / 2 + 1))p")"
    done
done
