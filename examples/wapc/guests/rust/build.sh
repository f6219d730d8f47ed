#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
# Builds the guest in Rust, in CACHE/FLAVOUR, with the toolchain of tests/support/rust-wasm.sh.
#   usage: build.sh FLAVOUR CARGO CACHE     FLAVOUR: era (WASI) or modern; prints the module's path
set -euo pipefail
declare -A TARGETS=([era]=wasm32-wasi [modern]=wasm32-unknown-unknown)
TARGET=${TARGETS[$1]}
SOURCE=$(realpath "$(dirname "$0")")
mkdir -p "$3/$1"
cd "$3/$1" # with a copy, so that nothing is written beside the source; its times, for cargo
cp -p "$SOURCE/Cargo.toml" .
cp -rp "$SOURCE/src" .
"$2" build -q --release --target "$TARGET" --features "$1" >&2
echo "$PWD/target/$TARGET/release/guest.wasm"
