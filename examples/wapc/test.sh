#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
# waPC: every guest that can be built here, under every host that can. The C guest always; each host
# makes the calls of expected.txt.
#   usage: test.sh WASM2SO CLANG CC CACHE [--full]      CACHE: where packages are kept
# --full fetches a Rust of today where there is none. exit code 77: no clang for wasm32
set -euo pipefail
WASM2SO=$(realpath "$1") CLANG=$2 CC=$3
mkdir -p "$4"
CACHE=$(realpath "$4")
SOURCE=$(realpath "$(dirname "$0")") ROOT=$(realpath "$(dirname "$0")/../..")
LIB=$(realpath "$(dirname "$WASM2SO")/../lib")
WORK=$(mktemp -d)
trap 'rm -rf "$WORK"' EXIT
export XDG_CACHE_HOME=$WORK/cache

fail() { echo "wapc: FAILED: $*"; exit 1; }
skip() { echo "wapc: skipped: $*"; }
hex() { od -An -v -tx1 | tr -d ' \n'; }

# ---- guests ----

GUESTS=()
"$SOURCE/guests/c/build.sh" "$CLANG" "$WORK/c.wasm" || { skip "no clang for wasm32"; exit 77; }
GUESTS+=(c)

# Two of the crate's release lines: with WASI, and with nothing but waPC.
rust_guest() { # FLAVOUR TOOLCHAIN_SCRIPT FOLDER [--there]
    local cargo module
    cargo=$("$ROOT/tests/support/$2" "$CACHE/../$3" "${@:4}")/cargo &&
        module=$("$SOURCE/guests/rust/build.sh" "$1" "$cargo" "$CACHE/guests") ||
        { skip "guest in Rust, $1: no toolchain or no crates"; return; }
    cp "$module" "$WORK/$1.wasm"
    GUESTS+=("$1")
}

THERE=(--there)
[ "${5:-}" != --full ] || THERE=()
rust_guest era rust-wasm.sh rust
rust_guest modern rust-modern.sh rust-modern "${THERE[@]}"
for guest in "${GUESTS[@]}"; do "$WASM2SO" -O1 "$WORK/$guest.wasm" -o "$WORK/$guest.so"; done

# ---- the command line ----

# call GUEST OPERATION PAYLOAD CODE ANSWER [ERROR]: payload and answer in hexadecimal
call() {
    local code=0
    # shellcheck disable=SC2059
    printf "$(sed 's/../\\x&/g' <<<"$3")" |
        "$WASM2SO" run --wapc "$2" "$1" >"$WORK/out" 2>"$WORK/err" || code=$?
    [ "$code $(hex <"$WORK/out")" = "$4 $5" ] ||
        fail "$1 $2: exit code $code, answer $(hex <"$WORK/out"), $(cat "$WORK/err")"
    [ -z "${6:-}" ] || grep -qF -e "$6" "$WORK/err" || fail "$1 $2: '$(cat "$WORK/err")', not '$6'"
}

FOO=81a46e616d65a3666f6f TEST=81a46e616d65a474657374
for guest in "${GUESTS[@]}"; do
    module=$WORK/$guest.so
    call "$module" check_word_exists $FOO 0 a474727565
    call "$module" check_word_exists $TEST 0 a566616c7365
    call "$module" handle_input 81a3696e7082a178a87368617368616e6ba179a474657374 0 a87368617368616e6b
    call "$module" sayHello $FOO 0 ab48656c6c6f2c20666f6f21 'wapc: sayHello'
    call "$module" relay 00 1 '' 'this host answers no calls'
    call "$module" fail 00 1 '' 'asked to fail'
    call "$module" nothing 00 1 '' 'No handler registered for function'
done
call "$WORK/c.wasm" check_word_exists $FOO 0 a474727565 # compiled on the way
call "$WORK/c.so" sayHello 81 1 '' 'invalid MessagePack'
call "$WORK/c.so" sayHello '' 1 '' 'invalid MessagePack'

cat >"$WORK/bad.wat" <<'WAT'
(module (import "wapc" "__guest_response" (func $response (param i32 i32)))
  (import "wasi_snapshot_preview1" "proc_exit" (func $exit (param i32)))
  (memory (export "memory") 1)
  (func (export "__guest_call") (param $n i32) (param i32) (result i32)
    (if (i32.eq (local.get $n) (i32.const 5)) (then (call $exit (i32.const 0))))
    (call $response (i32.const -1) (i32.const -1)) (i32.const 1)))
WAT
echo '(module (memory (export "memory") 1))' >"$WORK/none.wat"
call "$WORK/bad.wat" trap 00 134 '' 'trap: out of bounds memory access'
call "$WORK/bad.wat" leave 00 1 '' 'the guest exited with status 0'
call "$WORK/none.wat" any 00 1 '' '__guest_call'

# ---- hosts ----

HOSTS=()

host_c() {
    pkg-config --exists msgpack || { skip "host in C: no msgpack-c (Debian: libmsgpack-dev)"; return; }
    # shellcheck disable=SC2046
    "$CC" -std=gnu17 -O2 -I"$ROOT/runtime/include" "$SOURCE/hosts/c/host.c" -o "$WORK/host_c" \
        -L"$LIB" -lwasm2so_rt -Wl,-rpath,"$LIB" $(pkg-config --cflags --libs msgpack)
    HOSTS+=("$WORK/host_c")
}

host_rust() {
    command -v cargo >/dev/null || { skip "host in Rust: no cargo"; return; }
    copy rust
    (cd "$CACHE/hosts/rust" && WASM2SO_LIB=$LIB cargo build -q --release) ||
        { skip "host in Rust: no crates, or the compiler is too old"; return; }
    cp "$CACHE/hosts/rust/target/release/host" "$WORK/host_rust"
    HOSTS+=("$WORK/host_rust")
}

host_go() {
    command -v go >/dev/null || { skip "host in Go: no go"; return; }
    copy go
    (cd "$CACHE/hosts/go" && go mod tidy 2>"$WORK/go.log" && CGO_CFLAGS="-I$ROOT/runtime/include" \
        CGO_LDFLAGS="-L$LIB -Wl,-rpath,$LIB" go build -o host .) ||
        { skip "host in Go: no modules, or the compiler is too old"; return; }
    cp "$CACHE/hosts/go/host" "$WORK/host_go"
    HOSTS+=("$WORK/host_go")
}

host_node() {
    command -v npm >/dev/null || { skip "host in JavaScript: no npm"; return; }
    copy node
    (cd "$CACHE/hosts/node" && { [ -d node_modules/node-api-headers ] || npm install --no-audit --no-fund; }) \
        >"$WORK/npm.log" 2>&1 || { skip "host in JavaScript: no packages"; return; }
    cat >"$WORK/host_node" <<TEXT
#!/bin/sh
WASM2SO_RT=$LIB/libwasm2so_rt.so.1 exec node "$CACHE/hosts/node/host.js" "\$@"
TEXT
    chmod +x "$WORK/host_node"
    HOSTS+=("$WORK/host_node")
    addon="$CACHE/hosts/node/wapc.node"
    "$CC" -std=gnu17 -O2 -Wall -Wextra -shared -fPIC -I"$ROOT/runtime/include" \
        -isystem "$CACHE/hosts/node/node_modules/node-api-headers/include" "$SOURCE/hosts/node/addon.c" \
        -o "$addon" -L"$LIB" -lwasm2so_rt -Wl,-rpath,"$LIB"
    printf '#!/bin/sh\nWAPC_ADDON=%s exec "%s" "$@"\n' "$addon" "$WORK/host_node" >"$WORK/host_addon"
    chmod +x "$WORK/host_addon"
    HOSTS+=("$WORK/host_addon")
}

copy() { # HOST: into the cache, so that nothing is written beside the source
    mkdir -p "$CACHE/hosts/$1"
    cp -rp "$SOURCE/hosts/$1/." "$CACHE/hosts/$1"
}

host_c
host_rust
host_go
host_node
for host in ${HOSTS[@]+"${HOSTS[@]}"}; do
    for guest in "${GUESTS[@]}"; do
        "$host" "$WORK/$guest.so" 2>"$WORK/err" | sed 's/Guest call failed: //' |
            diff "$SOURCE/expected.txt" - || fail "$(basename "$host") with guest $guest"
        grep -q sayHello "$WORK/err" || fail "$(basename "$host") logs nothing"
    done
done
printf 'wapc: guests: %s; hosts: %s\n' "${GUESTS[*]}" "$(printf '%s ' ${HOSTS[@]+"${HOSTS[@]##*/}"})"
