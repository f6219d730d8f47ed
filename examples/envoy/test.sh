#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
# The example of README.md and the filter of tests/envoy in Envoy itself, on ports that are free.
#   usage: test.sh WASM2SO CLANG BUILD [--full]
# BUILD/envoy gets Envoy, BUILD/rust a Rust for wasm; a Rust of today is used if it is in
# BUILD/rust-modern, where --full puts it. exit code 77: one of them cannot be had
set -euo pipefail
[ -n "${W2S_PORTS:-}" ] || exec "$(dirname "$0")/../../tests/support/with_ports.py" 4 "$0" "$@"
read -r SERVICE PROXY ADMIN BACKEND <<<"$W2S_PORTS"
WASM2SO=$(realpath "$1") CLANG=$2 BUILD=$(realpath "$3")
cd "$(dirname "$0")"
command -v curl >/dev/null || { echo "no curl"; exit 77; }
ENVOY=$(./get-envoy.sh "$BUILD/envoy") || exit 77
WORK=$(mktemp -d)
PIDS=()
trap 'for pid in "${PIDS[@]}"; do kill "$pid" 2>/dev/null || true; done; wait; rm -rf "$WORK"' EXIT

fail() { echo "FAILED: $*"; tail -30 "$WORK/envoy.log"; exit 1; }

python3 service.py "$SERVICE" &
PIDS+=($!)
until curl -s "127.0.0.1:$SERVICE" >/dev/null; do
    kill -0 "${PIDS[0]}" || fail "the service does not start"
    sleep 0.1
done

# The service for gRPC, beside Envoy's packages.
GRPC=yes PYTHON=$(dirname "$ENVOY")/bin/python
"$PYTHON" -c 'import grpc' 2>/dev/null ||
    "$PYTHON" -m pip install -q --disable-pip-version-check grpcio==1.76.0 ||
    { GRPC=no; echo "envoy: skipped: gRPC: no package grpcio"; }
if [ $GRPC = yes ]; then
    "$PYTHON" ../../tests/envoy/grpc_service.py "$BACKEND" &
    PIDS+=($!)
    until (exec 3<>"/dev/tcp/127.0.0.1/$BACKEND") 2>/dev/null; do
        kill -0 "${PIDS[-1]}" || fail "the service for gRPC does not start"
        sleep 0.1
    done
fi

METADATA="a.b: { text: a text, number: 7, truth: true }" # of the route

# start MODULE CONFIGURATION: Envoy with that filter, when it is ready.
start() {
    sed -e "s/18080/$SERVICE/; s/18000/$PROXY/; s/18001/$ADMIN/; s/name: hello }/name: $1 }/" \
        -e "s/value: \"\"/value: \"$2\"/" \
        -e "s/^\( *\)route: { cluster: service }/&\n\1metadata: { filter_metadata: { $METADATA } }/" \
        envoy.yaml >"$WORK/envoy.yaml"
    cat >>"$WORK/envoy.yaml" <<YAML
    - name: backend
      typed_extension_protocol_options:
        envoy.extensions.upstreams.http.v3.HttpProtocolOptions:
          "@type": type.googleapis.com/envoy.extensions.upstreams.http.v3.HttpProtocolOptions
          explicit_http_config: { http2_protocol_options: {} }
      load_assignment:
        cluster_name: backend
        endpoints:
          - lb_endpoints:
              - endpoint:
                  address:
                    socket_address: { address: 127.0.0.1, port_value: $BACKEND }
YAML
    ENVOY_DYNAMIC_MODULES_SEARCH_PATH=$WORK W2S_ENVOY_VM_CONFIG="for all" "$ENVOY" \
        -c "$WORK/envoy.yaml" --concurrency 2 --use-dynamic-base-id --drain-time-s 1 \
        >"$WORK/envoy.log" 2>&1 &
    PIDS+=($!)
    until [ "$(curl -s "127.0.0.1:$ADMIN/ready" || true)" = LIVE ]; do
        kill -0 "${PIDS[-1]}" 2>/dev/null || fail "Envoy does not start"
        sleep 0.2
    done
}
stop() { kill "${PIDS[-1]}" && wait "${PIDS[-1]}" || fail "Envoy ended with an error"; unset 'PIDS[-1]'; }
get() { curl -s -m 300 "$@"; }
# says WHAT TEXT: a line of TEXT is WHAT.
says() { grep -qxF -- "$1" <<<"$2" || fail "no '$1' in: $2"; }
# logged TEXT: some lines come a little after the answer.
logged() {
    for _ in $(seq 600); do
        ! grep -qF -- "$1" "$WORK/envoy.log" || return 0
        sleep 0.1
    done
    fail "not logged: $1"
}

# ---- the example ----
# With Rust 1.63 an earlier release of the crate does.
mkdir -p "$BUILD/envoy-hello"
cp -rp hello/. "$BUILD/envoy-hello" # so that nothing is written beside the source
THERE=(--there) SDK=0.2.5
[ "${4:-}" != --full ] || THERE=()
RUST=$(../../tests/support/rust-modern.sh "$BUILD/rust-modern" "${THERE[@]}" 2>/dev/null) || {
    RUST=$(../../tests/support/rust-wasm.sh "$BUILD/rust") || exit 77
    SDK=0.2.2
    sed -i "s/^proxy-wasm = .*/proxy-wasm = \"=$SDK\"/; s/^edition.*/&\nrust-version = \"1.63\"/" \
        "$BUILD/envoy-hello/Cargo.toml"
}
(cd "$BUILD/envoy-hello" && "$RUST/cargo" build -q --release --target wasm32-unknown-unknown \
    --target-dir "$SDK") || { echo "the crate proxy-wasm cannot be had"; exit 77; }
"$WASM2SO" compile "$BUILD/envoy-hello/$SDK/wasm32-unknown-unknown/release/hello.wasm" \
    --emit envoy-module -o "$WORK/libhello.so"
start hello ""
for _ in 1 2 3 4; do
    says "x-hello: Hello world from 127.0.0.1:$PROXY" "$(get -H 'name: shashank' "127.0.0.1:$PROXY/")"
done
grep -q 'wasm log prime_auth: Got [0-9]* HTTP headers in #2\.' "$WORK/envoy.log" || fail "no log"
stop

# ---- everything else ----
"$CLANG" --target=wasm32 -O2 -nostdlib -ffreestanding -fno-builtin -Wl,--no-entry \
    ../../tests/envoy/guest.c -o "$WORK/guest.wasm"
"$WASM2SO" compile "$WORK/guest.wasm" --emit envoy-module -o "$WORK/libguest.so"
start guest "for this one"
URL=127.0.0.1:$PROXY
out=$(get -i -H 'name: shashank' "$URL/h")
says 'x-hello: Hello world' "$out"
says $'x-filter: guest\r' "$out"
! grep -q shashank <<<"$out" || fail "a header that was removed"
out=$(get "$URL/s")
says 'GET /set' "$out"
says 'x-set: 2' "$out"
for _ in 1 2 3 4 5; do get "$URL/p" >/dev/null; done
[ "$(grep -c 'key number is not a string' "$WORK/envoy.log")" -le 2 ] || fail "forgets kinds of metadata"
logged 'request|path = /p -> 0'
logged 'request|method = GET -> 0'
logged "request|host = $URL -> 0"
logged 'source -> 0'
logged 'port -> 0'
logged 'my|own = value -> 0'
logged 'xds|route_metadata|filter_metadata|a.b|text = a text -> 0'
logged 'truth is -> 1'
logged 'number is -> 7'
get "$URL/m" >/dev/null
stats=$(get "127.0.0.1:$ADMIN/stats")
grep -q 'a_counter: 3$' <<<"$stats" || fail "the counter: $(grep a_counter <<<"$stats")"
grep -q 'a_gauge: 6$' <<<"$stats" || fail "the gauge: $(grep a_gauge <<<"$stats")"
grep -q 'late_counter.*a.late.*: 2$' <<<"$stats" || fail "a late counter: $(grep late <<<"$stats")"
grep -q 'late_gauge.*a.late.*: 7$' <<<"$stats" || fail "a late gauge: $(grep late <<<"$stats")"
get "$URL/d" >/dev/null
get "$URL/o" >/dev/null
logged 'written by WASI'
out=$(get -i "$URL/l")
says $'HTTP/1.1 403 Forbidden\r' "$out"
says $'x-why: not\r' "$out"
says 'GET /c' "$(get "$URL/c")"
logged 'answer: status 200, headers: some'
logged 'answer: body GET /call'
logged 'right context -> 1'
get "$URL/r" >/dev/null
for _ in $(seq 600); do # the answer comes with a later request to that worker
    get "$URL/n" >/dev/null
    [ "$(grep -c 'right context -> 1' "$WORK/envoy.log")" -lt 2 ] || break
    sleep 0.02
done
[ "$(grep -c 'right context -> 1' "$WORK/envoy.log")" = 2 ] || fail "a callout of a worker's root context"
if [ $GRPC = yes ]; then
    says 'GET /g' "$(get "$URL/g")"
    logged 'grpc message ping 7 -> 0'
    says 'GET /f' "$(get "$URL/f")"
    logged 'grpc closed: not there% same -> 5'
    says 'GET /G' "$(get "$URL/G")"
    logged 'initial metadata '
    logged 'grpc message one -> 0'
    logged 'trailing metadata '
    logged 'grpc closed:  same -> 0'
    says 'GET /k' "$(get "$URL/k")"
    logged 'cancel -> 0'
    logged 'grpc message from the root -> 0' # the main thread's root context calls when it ticks
fi
! get "$URL/x" >/dev/null || fail "a stream that was closed"
says $'HTTP/1.1 503 Service Unavailable\r' "$(get -i "$URL/t")"
logged 'wasm trap prime_auth: unreachable'
says 'GET /n' "$(get "$URL/n")"
grep -q '^something!' <<<"$(get -d something "$URL/b")" || fail "a body that is changed as it comes"
says 'SOMETHING' "$(get -d something "$URL/B")"
dd if=/dev/zero bs=1000 count=300 status=none | tr '\0' a >"$WORK/large"
[ "$(get --data-binary "@$WORK/large" "$URL/B" | tr -dc A | wc -c)" -ge 300000 ] || fail "a large body"
logged 'third tick -> 0'
logged 'queue: an item -> 0'
logged 'vm_start: for all'
logged 'configure: for this one'
stop
echo "envoy: the example and the calls of proxy-wasm ($SDK) work in $("$ENVOY" --version | grep -o '[0-9.]*/Clean.*' || echo Envoy)"
