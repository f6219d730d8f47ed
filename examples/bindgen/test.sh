#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
# wasm-bindgen guests under the host in C: those written by hand, of both forms of the ABI, and the
# addon for Node; with --full also the guest in Rust, which takes minutes to build the first time, and
# the glue that wasm-bindgen generates for it, on V8 and on the .so.
#   usage: test.sh WASM2SO CC CACHE [--full]       CACHE: where packages are kept
set -euo pipefail
WASM2SO=$(realpath "$1") CC=$2
SOURCE=$(realpath "$(dirname "$0")") ROOT=$(realpath "$(dirname "$0")/../..")
LIB=$(realpath "$(dirname "$WASM2SO")/../lib")
WORK=$(mktemp -d)
trap 'rm -rf "$WORK"' EXIT

"$CC" -std=gnu17 -O1 -g -I"$ROOT/runtime/include" "$SOURCE/host.c" "$SOURCE/bindgen.c" \
    -o "$WORK/host" -L"$LIB" -lwasm2so_rt -Wl,-rpath,"$LIB"

expect() { # CODE OUTPUT ARG...
    local code=0 got
    got=$("$WORK/host" "$WORK/guest.so" "${@:3}" 2>"$WORK/err") || code=$?
    [ "$code $got" = "$1 $2" ] ||
        { echo "bindgen: FAILED: $GUEST: ${*:3}: '$got' ($code), not '$2'"; cat "$WORK/err"; exit 1; }
}

person='{"field1":{"0":"ex"},"field2":[[1.0,2.0],[3.0,4.0]],"field3":"shashank"}'
for GUEST in era modern; do
    "$WASM2SO" -O1 "$SOURCE/$GUEST.wat" -o "$WORK/guest.so"
    expect 0 'alert: Greetings, Shashank!' greetMe string Shashank
    expect 0 'alert: Hello, Gerät!' hello string Gerät
    expect 0 'alert: Hello, !' hello string ''
    expect 0 "$person" send_person_to_js
    expect 0 "alert: $person" receive_person_from_js value "$person"
    expect 1 '' receive_person_from_js value 7
    grep -q 'not a person' "$WORK/err"
    for word in foo bar xylophone milagro; do expect 0 true check_word_exists string $word; done
    for word in test testme ''; do expect 0 false check_word_exists string "$word"; done
    expect 1 '' hello
    expect 1 '' nothing
done

cat >"$WORK/bad.wat" <<'WAT'
(module (import "wbg" "__wbg_alert_00" (func $alert (param i32 i32)))
  (import "wbg" "__wbg_crypto_00" (func $crypto (param i32) (result f64)))
  (memory (export "memory") 1)
  (func (export "crypto") (drop (call $crypto (i32.const 1))))
  (func (export "__wbindgen_malloc") (param i32) (result i32) (i32.const -1))
  (func (export "far") (call $alert (i32.const 65535) (i32.const -1)))
  (func (export "string") (param i32 i32))
  (func (export "handle") (result i32) (i32.const -5))
  (func (export "func") (param funcref)))
WAT
GUEST=bad
"$WASM2SO" -O1 "$WORK/bad.wat" -o "$WORK/guest.so"
expect 1 '' far
expect 1 '' string string text
expect 0 '' handle
expect 1 '' crypto
grep -q '__wbg_crypto_00: not served' "$WORK/err"
expect 1 '' func value 1
echo "bindgen: both forms of the ABI"
mkdir -p "$3"
CACHE=$(realpath "$3")

# ---- Node ----

addon() {
    local headers=$CACHE/headers/node_modules/node-api-headers/include
    command -v npm >/dev/null || { echo "bindgen: skipped: addon for Node: no npm"; return 1; }
    mkdir -p "$CACHE/headers"
    cp "$SOURCE/node/package.json" "$CACHE/headers"
    [ -d "$headers" ] || (cd "$CACHE/headers" && npm install --no-audit --no-fund) >"$WORK/npm" 2>&1 ||
        { echo "bindgen: skipped: addon for Node: no package node-api-headers"; return 1; }
    "$CC" -std=gnu17 -O2 -shared -fPIC -I"$ROOT/runtime/include" -I"$headers" \
        "$SOURCE/node/addon.c" -o "$WORK/wasm2so.node" -L"$LIB" -lwasm2so_rt -Wl,-rpath,"$LIB"
}

NODE=no
if addon; then
    NODE=yes
    for name in era exports; do
        source=$SOURCE/$name.wat
        [ -e "$source" ] || source=$SOURCE/node/$name.wat
        "$WASM2SO" -O1 "$source" -o "$WORK/$name.so"
    done
    WASM2SO_ADDON=$WORK/wasm2so.node node "$SOURCE/node/test.js" "$WORK"
    echo "bindgen: addon for Node"
fi

# ---- the guest in Rust ----

[ "${4:-}" = --full ] || exit 0
skip() { echo "bindgen: skipped: guest in Rust: $*"; exit 0; }
CARGO=$("$ROOT/tests/support/rust-wasm.sh" "$CACHE/../rust")/cargo || skip "no toolchain"
mkdir -p "$CACHE/guest" "$CACHE/tool" # copies, so that nothing is written beside the source
cp -rp "$SOURCE/guest/." "$CACHE/guest"
cp -rp "$SOURCE/tool/." "$CACHE/tool"
(cd "$CACHE/guest" && "$CARGO" build -q --release --target wasm32-unknown-unknown) || skip "no crates"
(cd "$CACHE/tool" && cargo build -q) || skip "wasm-bindgen's tool cannot be built"
"$CACHE/tool/target/debug/bindgen-tool" \
    "$CACHE/guest/target/wasm32-unknown-unknown/release/guest.wasm" "$WORK/out"
GUEST=rust
"$WASM2SO" -O1 "$WORK/out/guest_bg.wasm" -o "$WORK/guest.so"
expect 0 'alert: Greetings, Shashank!' greetMe string Shashank
expect 0 'alert: Hello, Gerät!' hello string Gerät
expect 0 "$person" send_person_to_js
expect 0 'alert: shashank 1 2' receive_person_from_js value "$person"
expect 1 '' receive_person_from_js value 7
for word in foo bar xylophone milagro; do expect 0 true check_word_exists string $word; done
for word in test testme ''; do expect 0 false check_word_exists string "$word"; done
echo "bindgen: the guest in Rust"

[ $NODE = yes ] || exit 0
cd "$WORK/out"
node "$SOURCE/node/host.js" guest.js >"$WORK/v8"
WASM2SO_ADDON=$WORK/wasm2so.node GUEST_SO=$WORK/guest.so \
    node -r "$SOURCE/node/preload.js" "$SOURCE/node/host.js" guest.js | diff "$WORK/v8" -
grep -q 'check_word_exists foo: true' "$WORK/v8"
echo "bindgen: wasm-bindgen's glue on the .so"
