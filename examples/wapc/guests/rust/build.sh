#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
# Builds the guest in Rust, in CACHE/FLAVOUR: modern, or era, which has WASI and wants the Rust of
# tests/support/rust-wasm.sh.
#   usage: build.sh FLAVOUR CARGO CACHE     prints the module's path
set -euo pipefail
declare -A FOLDERS=([era]=era [modern]=.) TARGETS=([era]=wasm32-wasi [modern]=wasm32-unknown-unknown)
TARGET=${TARGETS[$1]}
SOURCE=$(realpath "$(dirname "$0")")
mkdir -p "$3/$1"
cp -rp "$SOURCE/." "$3/$1" # so that nothing is written beside the source; its times, for cargo
cd "$3/$1/${FOLDERS[$1]}"
"$2" build -q --release --target "$TARGET" >&2
echo "$PWD/target/$TARGET/release/guest.wasm"
