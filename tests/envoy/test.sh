#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
# Envoy modules without Envoy: a filter (guest.c) that tries the calls of proxy-wasm one after the
# other, in a program that has Envoy's side of the ABI (fake_envoy.c). What it logs and what comes
# out is compared with expected.txt. Then what the compiler refuses.
#   usage: test.sh WASM2SO FAKE_ENVOY CLANG [TARGET RUNTIME_DIR EMULATOR...]
# exit code 77: clang cannot compile for wasm32 here
set -euo pipefail
WASM2SO=$(realpath "$1") FAKE=$(realpath "$2") CLANG=$3 RUN=("${@:6}") TARGET=()
[ $# -lt 4 ] || TARGET=(--target "$4" --runtime-dir "$(realpath "$5")")
cd "$(dirname "$0")"
WORK=$(mktemp -d)
trap 'rm -rf "$WORK"' EXIT

fail() { echo "FAILED: $*"; exit 1; }
compile() { "$WASM2SO" compile "$1" --emit envoy-module "${TARGET[@]}" -o "$2"; }

"$CLANG" --target=wasm32 -O2 -nostdlib -ffreestanding -fno-builtin -Wl,--no-entry guest.c \
    -o "$WORK/guest.wasm" 2>"$WORK/err" || { cat "$WORK/err"; echo "no wasm32"; exit 77; }
compile "$WORK/guest.wasm" "$WORK/libguest.so"

# Only what Envoy calls is exported, and only Envoy's callbacks are left for it to define.
readelf -W --dyn-syms "$WORK/libguest.so" >"$WORK/symbols"
awk '$5 == "GLOBAL" && $7 != "UND" {print $8}' "$WORK/symbols" >"$WORK/exports"
[ "$(wc -l <"$WORK/exports")" -eq 31 ] || fail "exports: $(cat "$WORK/exports")"
! grep -v '^envoy_dynamic_module_on_' "$WORK/exports" || fail "other exports"
! awk '$5 == "GLOBAL" && $7 == "UND" && $8 !~ /@/ {print $8}' "$WORK/symbols" |
    grep -v '^envoy_dynamic_module_callback_' || fail "undefined symbols"

W2S_ENVOY_VM_CONFIG="for all" "${RUN[@]}" "$FAKE" "$WORK/libguest.so" "for this one" wait /h /s /p \
    /m /d /o /l /c /r /x /t /n /b=one,two /B=one,two /g /f /G /k /q -w /m /r /n /g /q /t /h /B=abc >"$WORK/out"
diff expected.txt "$WORK/out" || fail "it did something else"
"${RUN[@]}" "$FAKE" "$WORK/libguest.so" refuse >"$WORK/out"
grep -qx refused "$WORK/out" || fail "a configuration refused"

# ABI 0.1.0: a command that exits with 0, two parameters, and a header that is missing is empty.
compile old.wat "$WORK/libold.so"
"${RUN[@]}" "$FAKE" "$WORK/libold.so" old /a -w /b >"$WORK/out"
diff expected_old.txt "$WORK/out" || fail "ABI 0.1.0"

# refused MESSAGE MODULE_TEXT: the compiler says so and makes no file.
refused() {
    printf '%s' "$2" >"$WORK/bad.wat"
    ! compile "$WORK/bad.wat" "$WORK/bad.so" 2>"$WORK/err" || fail "compiled: $2"
    grep -q -- "$1" "$WORK/err" || fail "not '$1' but: $(cat "$WORK/err")"
    [ ! -e "$WORK/bad.so" ] || fail "left a file"
}
VERSION='(func (export "proxy_abi_version_0_2_1"))'
refused 'no proxy-wasm filter: none of' '(module (memory 1))'
refused 'it has no memory' "(module $VERSION)"
refused 'not "proxy_bake" of "env"' \
    "(module (import \"env\" \"proxy_bake\" (func)) (memory 1) $VERSION)"
refused '"proxy_log" has another type' \
    "(module (import \"env\" \"proxy_log\" (func)) (memory 1) $VERSION)"
cat >"$WORK/trap.wat" <<WAT
(module (memory 1) $VERSION (func (export "proxy_on_configure") (param i32 i32) (result i32)
  unreachable))
WAT
compile "$WORK/trap.wat" "$WORK/trap.so"
"${RUN[@]}" "$FAKE" "$WORK/trap.so" x /a >"$WORK/out"
grep -q 'wasm trap root: unreachable' "$WORK/out" && grep -qx refused "$WORK/out" || fail "a trap at start"
printf '(module (memory 1) %s (func (export "proxy_on_tick") (param f32)))' "$VERSION" >"$WORK/type.wat"
compile "$WORK/type.wat" "$WORK/type.so"
"${RUN[@]}" "$FAKE" "$WORK/type.so" x >"$WORK/out"
grep -q 'proxy_on_tick has not the type' "$WORK/out" || fail "a type"
echo "envoy: $(wc -l <expected.txt) lines as expected"
