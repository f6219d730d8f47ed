#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
# The container example: the executable answers the requests of the README and is small; the manifests
# are valid Kubernetes (PyPI: kubernetes-validate, which carries the schemas); the image of the
# Dockerfile's last stage can be built and run (buildah).
#   usage: test.sh WASM2SO CLANG CACHE      CACHE: where packages are kept
# exit code 77: no C library for WASI
set -euo pipefail
[ -n "${W2S_PORTS:-}" ] || exec "$(dirname "$0")/../../tests/support/with_ports.py" 1 "$0" "$@"
PORT=$W2S_PORTS
WASM2SO=$(realpath "$1") CLANG=$2
mkdir -p "$3"
CACHE=$(realpath "$3")
cd "$(dirname "$0")"
WORK=$(mktemp -d) PID=""
stop() { [ -z "$PID" ] || { kill "$PID" && wait "$PID"; } 2>/dev/null || true; PID=""; }
trap 'stop; rm -rf "$WORK"' EXIT

fail() { echo "containers: FAILED: $*"; exit 1; }
skip() { echo "containers: skipped: $*"; }

# ---- the executable ----

"$CLANG" --target=wasm32-wasi --sysroot=/usr -std=c17 -O2 server.c -o "$WORK/server.wasm" 2>/dev/null ||
    { skip "no C library for WASI"; exit 77; }
"$WASM2SO" compile "$WORK/server.wasm" --emit exe --static -o "$WORK/server" ||
    { skip "no runtime for static executables"; exit 77; }
[ "$(stat -c %s "$WORK/server")" -lt 2000000 ] || fail "the executable has 2 MB or more"

answers() { # waits for the server, then makes the requests of the README
    local url=http://127.0.0.1:$PORT
    until curl -sf "$url/healthz" >/dev/null; do
        kill -0 "$PID" 2>/dev/null || fail "the server has ended"
        sleep 0.1
    done
    [ "$(curl -s -d name=foo -X GET "$url")" = true ] || fail "name=foo"
    [ "$(curl -s -d name=foo1 "$url")" = false ] || fail "name=foo1"
    [ "$(curl -sG "$url" --data-urlencode 'key={"name":"bar"}')" = true ] || fail "key bar"
    [ "$(curl -sG "$url" --data-urlencode 'key={"name": "foo_x"}')" = false ] || fail "key foo_x"
    [ "$(curl -s -o /dev/null -w '%{http_code}' "$url")" = 400 ] || fail "no word"
}

command -v curl >/dev/null || { skip "no curl"; exit 77; }
W2S_TCP_LISTEN=0.0.0.0:$PORT "$WORK/server" &
PID=$!
answers
[ "$(curl -s -d name=foo "http://127.0.0.1:$PORT" --next -d name=x "http://127.0.0.1:$PORT")" = truefalse ] ||
    fail "two requests on a connection"
[ "$(printf 'GET / HTTP/1.1\r\nContent-Length: 99999\r\n\r\n' |
    python3 -c 'import socket, sys
s = socket.create_connection(("127.0.0.1", int(sys.argv[1])))
s.sendall(sys.stdin.buffer.read())
print(s.recv(100).split()[1].decode())' "$PORT")" = 413 ] || fail "a body that is too large"
stop

# ---- the manifests ----

VALIDATE=$CACHE/venv/bin/kubernetes-validate
if [ -x "$VALIDATE" ] || { python3 -m venv "$CACHE/venv" &&
    "$CACHE/venv/bin/pip" install -q kubernetes-validate==1.31.0; } >"$WORK/pip" 2>&1; then
    "$VALIDATE" --strict ./*.yaml || fail "a manifest is not valid"
    sed 's/minReplicas: 2/minReplicas: many/' hpa.yaml >"$WORK/bad.yaml"
    ! "$VALIDATE" --strict "$WORK/bad.yaml" >/dev/null 2>&1 || fail "the validator lets all through"
else
    skip "manifests: kubernetes-validate cannot be installed"
fi

# ---- the image ----

command -v buildah >/dev/null || { skip "image: no buildah"; exit 0; }
[ "$(id -u)" = 0 ] || { skip "image: not root"; exit 0; }
sed -n '/^FROM scratch/,$p' Dockerfile | sed 's|--from=build /wasm2so/server|server|' >"$WORK/Dockerfile"
BUILDAH=(buildah --root "$WORK/storage" --runroot "$WORK/run" --storage-driver vfs)
if ! "${BUILDAH[@]}" bud --isolation chroot -t example "$WORK" >"$WORK/log" 2>&1; then
    skip "image: buildah does not work here: $(tail -n 1 "$WORK/log")"
    exit 0
fi
"${BUILDAH[@]}" push -q example "dir:$WORK/image"
[ "$(du -sb "$WORK/image" | cut -f1)" -lt 2000000 ] || fail "the image has 2 MB or more"
CONTAINER=$("${BUILDAH[@]}" from example)
"${BUILDAH[@]}" run --isolation chroot --env "W2S_TCP_LISTEN=0.0.0.0:$PORT" "$CONTAINER" /server \
    >"$WORK/log" 2>&1 &
PID=$!
until curl -sf "http://127.0.0.1:$PORT/healthz" >/dev/null; do
    kill -0 "$PID" 2>/dev/null || { skip "image: not run: $(tail -n 1 "$WORK/log")"; exit 0; }
    sleep 0.1
done
answers
stop
echo "containers: an image of $(du -sb "$WORK/image" | cut -f1) bytes was built and run"
