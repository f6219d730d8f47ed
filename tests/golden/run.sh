#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
# Golden tests: each .wat here begins with ";;! ARGUMENTS" of wasm2so and ends with what it prints
# (both streams and the exit code) as ";;= " lines. BLESS=1 rewrites those; read the diff then.
#   usage: run.sh WASM2SO [FILE.wat...]
set -u
WASM2SO=$(realpath "$1")
shift
cd "$(dirname "$0")"
if [ $# -gt 0 ]; then files=("$@"); else files=(*/*.wat); fi
passed=0 failed=0

WORK=$(mktemp -d)
trap 'rm -rf "$WORK"' EXIT

# FILE: what the tool prints on it, as golden lines; on a copy without them, named without folder.
actual() {
    local arguments copy code=0
    copy=$WORK/$(basename "$1")
    read -ra arguments < <(sed -n '1s/^;;! //p' "$1")
    sed '/^;;=/d' "$1" >"$copy"
    (cd "$WORK" && "$WASM2SO" "${arguments[@]}" "$(basename "$1")" 2>&1) || code=$?
    [ $code = 0 ] || echo "exit code $code"
}

golden_lines() { actual "$1" | sed 's/^/;;= /; s/ *$//'; }

for file in "${files[@]}"; do
    if ! head -n 1 "$file" | grep -q '^;;! '; then
        echo "$file: the first line must be ';;! ARGUMENTS'"
        failed=$((failed + 1))
        continue
    fi
    if [ "${BLESS:-}" = 1 ]; then
        new=$WORK/new
        sed '/^;;=/d' "$file" >"$new"
        golden_lines "$file" >>"$new"
        cmp -s "$new" "$file" || { cat "$new" >"$file"; echo "blessed $file"; }
    elif diff <(grep '^;;=' "$file") <(golden_lines "$file") >"$WORK/diff"; then
        passed=$((passed + 1))
    else
        echo "$file: differs (< golden, > actual)"
        sed 's/^/    /' "$WORK/diff"
        failed=$((failed + 1))
    fi
done
echo "golden: $passed passed, $failed failed"
[ "$failed" = 0 ]
