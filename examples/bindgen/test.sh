#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
# wasm-bindgen guests under the host in C: those written by hand, of both forms of the ABI, and the
# addon for Node; with --full also the guests in Rust, which take minutes to build the first time, and
# the glue that wasm-bindgen generates for them, on V8 and on the .so; and a bundler from npm whose
# parser is such a guest.
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
        "$SOURCE"/node/{addon,value,function,object,throw}.c -o "$WORK/wasm2so.node" -L"$LIB" -lwasm2so_rt -Wl,-rpath,"$LIB"
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

# ---- the guests in Rust ----

[ "${4:-}" = --full ] || exit 0
skip() { echo "bindgen: skipped: $*"; exit 0; }
TODAY=$("$ROOT/tests/support/rust-modern.sh" "$CACHE/../rust-modern")/cargo || skip "guests in Rust: no toolchain"

# build NAME VERSION CARGO FOLDER: the guest in FOLDER, processed by the tool of that version, in
# WORK/NAME, and compiled; built in copies, so that nothing is written beside the source.
build() {
    local guest=$CACHE/$1/guest tool=$CACHE/$1/tool
    mkdir -p "$guest" "$tool"
    cp -rp "$SOURCE/guest/." "$guest"
    cp -rp "$SOURCE/tool/." "$tool"
    sed -i "s/^\(wasm-bindgen-cli-support = \"=\).*\"/\1$2\"/" "$tool/Cargo.toml"
    (cd "$guest/$4" && "$3" build -q --release --target wasm32-unknown-unknown) || skip "guest $1: no crates"
    (cd "$tool" && "$TODAY" build -q) || skip "guest $1: wasm-bindgen's tool cannot be built"
    "$tool/target/debug/bindgen-tool" \
        "$guest/$4/target/wasm32-unknown-unknown/release/guest.wasm" "$WORK/$1"
    "$WASM2SO" -O1 "$WORK/$1/guest_bg.wasm" -o "$WORK/$1/guest_bg.so"
}

under_c() { # NAME
    GUEST="$1 in Rust"
    cp "$WORK/$1/guest_bg.so" "$WORK/guest.so"
    expect 0 'alert: Greetings, Shashank!' greetMe string Shashank
    expect 0 'alert: Hello, Gerät!' hello string Gerät
    expect 0 "$person" send_person_to_js
    expect 0 'alert: shashank 1 2' receive_person_from_js value "$person"
    expect 1 '' receive_person_from_js value 7
    for word in foo bar xylophone milagro; do expect 0 true check_word_exists string $word; done
    for word in test testme ''; do expect 0 false check_word_exists string "$word"; done
}

on_so() { # SO ARG...: node with the addon
    WASM2SO_ADDON=$WORK/wasm2so.node GUEST_SO=$1 node -r "$SOURCE/node/preload.js" "${@:2}"
}

# same NAME PROGRAM WORDS: prints the same on V8 and on the .so, and these words.
same() {
    [ $NODE = yes ] || return 0
    node "$SOURCE/node/$2" "$WORK/$1/guest.js" >"$WORK/v8"
    on_so "$WORK/$1/guest_bg.so" "$SOURCE/node/$2" "$WORK/$1/guest.js" | diff "$WORK/v8" -
    grep -q "$3" "$WORK/v8"
}

build modern 0.2.130 "$TODAY" .
under_c modern
same modern host.js 'check_word_exists foo: true'
same modern boundary.js 'later .*broken'
echo "bindgen: the guest in Rust, of today"

ERA=$("$ROOT/tests/support/rust-wasm.sh" "$CACHE/../rust")/cargo || skip "guest era: no toolchain"
build era 0.2.76 "$ERA" era
under_c era
same era host.js 'check_word_exists foo: true'
echo "bindgen: the guest in Rust, of an early wasm-bindgen"

# ---- a bundler ----

[ $NODE = yes ] || exit 0
mkdir -p "$CACHE/rollup"
cp -p "$SOURCE"/node/rollup/* "$CACHE/rollup"
cd "$CACHE/rollup"
{ [ -d node_modules ] || npm install --no-audit --no-fund; } >"$WORK/npm" 2>&1 ||
    skip "a bundler: no package @rollup/wasm-node"
[ -e rollup.so ] && [ rollup.so -nt "$WASM2SO" ] ||
    "$WASM2SO" node_modules/@rollup/wasm-node/dist/wasm-node/bindings_wasm_bg.wasm -o rollup.so
node bundle.js >"$WORK/v8"
on_so "$PWD/rollup.so" bundle.js | diff "$WORK/v8" -
grep -q 'Expression expected' "$WORK/v8"
echo "bindgen: Rollup bundles on the .so as on V8"
