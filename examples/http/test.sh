#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
# Runs the commands of ./README.md and of LANGUAGE/README.md as they stand there, the server among
# them, and makes the requests. The commands of a section "Fetch" may fail: then there is nothing to
# test with.
#   usage: test.sh LANGUAGE FETCHED      FETCHED: where packages stay.   exit code 77: skipped
set -euo pipefail
[ -n "${W2S_PORTS:-}" ] || exec "$(dirname "$0")/../../tests/support/with_ports.py" 1 "$0" "$@"
LANGUAGE=$1
declare -A TOOLS=([c]=cc [rust]=cargo [go]=go [node]="node npm")
mkdir -p "$2"
FETCHED=$(realpath "$2")
export OUT PORT
OUT=$(mktemp -d) PID=""
cleanup() {
    [ -z "$PID" ] || kill "$PID" 2>/dev/null || true
    rm -rf "$OUT"
}
trap cleanup EXIT
cd "$(dirname "$0")"

skip() { echo "skipped: $*"; exit 77; }
fail() { echo "http, $LANGUAGE: FAILED: $*"; sed 's/^/    /' "$OUT/log"; exit 1; }
commands() { # README SECTION: its indented lines ("" is what comes first)
    awk -v wanted="$2" '
        /^## / { section = substr($0, 4) }
        /^    / && section == wanted { print substr($0, 5) }' "$1" | grep -v '^curl'
}

for tool in ${TOOLS[$LANGUAGE]}; do
    command -v "$tool" >/dev/null || skip "no $tool"
done
set --
# shellcheck disable=SC1090
. <(commands README.md "")
PORT=$W2S_PORTS
cd "$LANGUAGE"
ln -s "$FETCHED" "$OUT/fetched"
fetch=$(commands README.md Fetch || true)
if [ -n "$fetch" ]; then
    bash -e <<<"$fetch" >"$OUT/log" 2>&1 || skip "cannot fetch packages: $(tail -n 1 "$OUT/log")"
fi
{ commands README.md "" || true; commands README.md Run || true; } >"$OUT/run"
head -n -1 "$OUT/run" | bash -e
# shellcheck disable=SC2046
eval "exec_server() { exec $(tail -n 1 "$OUT/run"); }"
(exec_server) >"$OUT/log" 2>&1 &
PID=$!

URL=http://127.0.0.1:$PORT
until curl -sf "$URL/healthz" >/dev/null; do
    kill -0 "$PID" 2>/dev/null || fail "the server has ended"
    sleep 0.1
done
declare -A BEFORE=([c]="" [rust]="" [node]=result= [go]=)
expect() { # ANSWER CURL-ARGUMENT...
    local wanted=${BEFORE[$LANGUAGE]}$1 got
    shift
    [ "$LANGUAGE" != go ] || wanted=$(printf "\\x$(printf %02x $((160 + ${#wanted})))%s" "$wanted")
    got=$(curl -s "$@")
    [ "$got" = "$wanted" ] || fail "curl $*: $got, not $wanted"
}
status() { # STATUS CURL-ARGUMENT...
    local got
    got=$(curl -gs -o /dev/null -w '%{http_code}' "${@:2}")
    [ "$got" = "$1" ] || fail "curl ${*:2}: status $got, not $1"
}
for _ in 1 2 3; do
    expect true -d name=foo -X GET "$URL"
    expect false -d name=foo1 -X GET "$URL"
    expect true -G "$URL" --data-urlencode 'key={"name":"bar"}'
    expect false -G "$URL" --data-urlencode 'key={"name":"foo_x"}'
    status 400 "$URL"
    status 400 "$URL/?key={"
    status 500 -d other=1 "$URL"
done
kill "$PID"
code=0
wait "$PID" || code=$?
PID=""
[ "$code" = 0 ] || [ "$LANGUAGE $code" = "rust 143" ] || fail "the server ended with $code"
echo "http, $LANGUAGE: as expected"
