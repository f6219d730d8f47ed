#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
# The table of docs/edge.md: sizes of the runtime, of small modules and of an instance, on both
# targets. Fails if the runtime's code has outgrown its limit.
#   usage: run.sh [BUILD [BUILD_AARCH64]]   (./dev build and ./dev build --target aarch64 make them)
set -euo pipefail
ROOT=$(cd "$(dirname "$0")/../.." && pwd)
X86=$(realpath "${1:-$ROOT/build}")
ARM=$(realpath "${2:-$X86-aarch64}")
LIMIT=102400 # bytes of .text of each runtime
WORK=$(mktemp -d)
trap 'rm -rf "$WORK"' EXIT
SIZE=$(command -v llvm-size-19 || command -v size)

section() { "$SIZE" -A "$2" | awk -v name="$1" '$1 == name { print $2 }'; }
row() { printf '| %-52s | %9s | %9s |\n' "$@"; }

echo '(module (func (export "add") (param i32 i32) (result i32)
    (i32.add (local.get 0) (local.get 1))))' >"$WORK/add.wat"
echo '(module (memory (export "memory") 1) (func (export "set") (param i32)
    (i32.store (i32.const 0) (local.get 0))))' >"$WORK/page.wat"

of_runtime() { # BUILD FOLDER SECTION
    local bytes
    bytes=$(section "$3" "$1/$2/libwasm2so_rt.so")
    if [ "$3" = .text ] && [ "$bytes" -gt $LIMIT ]; then echo "$1/$2: .text above $LIMIT bytes" >&2; exit 1; fi
    echo "$bytes"
}

compile() { "$X86/bin/wasm2so" compile --target "$1-linux-gnu" -Os --memory checked "$WORK/$2.wat" -o "$WORK/$2.$1.so"; }
for name in add page; do compile x86_64 $name; compile aarch64 $name; done

# LIB CC... : heap and linear memory of an instance
instance() {
    local arch=$1 lib=$2
    shift 2
    "$@" -std=c17 -D_GNU_SOURCE -O1 -I"$ROOT/runtime/include" "$ROOT/bench/sizes/instance.c" \
        "$lib/libwasm2so_rt.so" -Wl,-rpath,"$lib" -o "$WORK/instance.$arch"
    case $arch in
    "$(uname -m)") "$WORK/instance.$arch" "$WORK/page.$arch.so" ;;
    *) qemu-aarch64 -L /usr/aarch64-linux-gnu "$WORK/instance.$arch" "$WORK/page.$arch.so" ;;
    esac
}
read -r heap_x86 memory_x86 < <(instance x86_64 "$X86/lib/small" cc)
read -r heap_arm memory_arm < <(instance aarch64 "$ARM/lib/small" aarch64-linux-gnu-gcc)

row "bytes" "x86-64" "AArch64"
row "---" "---:" "---:"
for profile in lib lib/small; do
    label="libwasm2so_rt.so"
    [ $profile = lib ] || label+=", small profile"
    row "$label, .text" "$(of_runtime "$X86" $profile .text)" "$(of_runtime "$ARM" $profile .text)"
    row "$label, .rodata" "$(of_runtime "$X86" $profile .rodata)" "$(of_runtime "$ARM" $profile .rodata)"
    row "$label, .eh_frame" "$(of_runtime "$X86" $profile .eh_frame)" "$(of_runtime "$ARM" $profile .eh_frame)"
    row "$label, .data and .bss" \
        "$(($(of_runtime "$X86" $profile .data) + $(of_runtime "$X86" $profile .bss)))" \
        "$(($(of_runtime "$ARM" $profile .data) + $(of_runtime "$ARM" $profile .bss)))"
done
row "smallest .so: one function, file" "$(stat -c %s "$WORK/add.x86_64.so")" "$(stat -c %s "$WORK/add.aarch64.so")"
row "the same, .text and w2s_text" \
    "$(($(section .text "$WORK/add.x86_64.so") + $(section w2s_text "$WORK/add.x86_64.so")))" \
    "$(($(section .text "$WORK/add.aarch64.so") + $(section w2s_text "$WORK/add.aarch64.so")))"
row "an instance with one page: heap, store included" "$heap_x86" "$heap_arm"
row "the same: linear memory resident before use" "$memory_x86" "$memory_arm"
