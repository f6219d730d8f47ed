#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
# A Rust that compiles for wasm32-wasi and wasm32-unknown-unknown: Debian's 1.63, unpacked below
# FOLDER, so that a Rust that is installed stays as it is. Prints how to call it:
#     rust=$(tests/support/rust-wasm.sh build/rust) || exit 77
#     "$rust/rustc" --target wasm32-wasi -O guest.rs -o guest.wasm
#     "$rust/cargo" build --release --target wasm32-unknown-unknown
# cargo is the installed one, which chooses crates that suit 1.63. The second
# call finds everything in FOLDER and needs no network. Where the packages cannot be had it says so,
# exit code 77.
#   usage: rust-wasm.sh FOLDER
set -euo pipefail
UNPACK=$(realpath "$(dirname "$0")")/debian-unpack.sh
mkdir -p "$1"
cd "$1"
exec 9>lock
flock 9 # one of the tests that call this at once unpacks it
BIN=$PWD/bin USR=$PWD/usr
PACKAGES="rustc libstd-rust-1.63 libstd-rust-dev libstd-rust-dev-wasm32 lld-14 libllvm14"

skip() { echo "rust-wasm.sh: skipped: $*" >&2; exit 77; }

unpack() {
    [ "$(uname -m)" = x86_64 ] || skip "wants an x86-64 machine"
    # shellcheck disable=SC2086
    "$UNPACK" . $PACKAGES
}

# A linker for wasm only: build scripts and procedural macros are this machine's programs. Later
# cargos pass --check-cfg and ask for two values that 1.63 does not know.
write_wrappers() {
    mkdir -p "$BIN"
    cat >"$BIN/rustc" <<TEXT
#!/usr/bin/env bash
args=() skip=no answer=(cat)
for arg; do
    if [ \$skip = yes ]; then skip=no; continue; fi
    case \$arg in
    --check-cfg) skip=yes ;;
    --print=split-debuginfo) ;;
    --print=crate-name) answer=(sed '\\|^$USR\$|a off\n___') ;; # after the sysroot
    *) args+=("\$arg") ;;
    esac
done
case " \$* " in *wasm32*) args+=(-C "linker=$USR/lib/llvm-14/bin/lld") ;; esac
export LD_LIBRARY_PATH=$USR/lib/x86_64-linux-gnu
set -o pipefail
if [ "\${answer[0]}" = sed ]; then "$USR/bin/rustc" --sysroot "$USR" "\${args[@]}" | "\${answer[@]}"
else exec "$USR/bin/rustc" --sysroot "$USR" "\${args[@]}"; fi
TEXT
    cat >"$BIN/cargo" <<TEXT
#!/bin/sh
RUSTC=$BIN/rustc CARGO_RESOLVER_INCOMPATIBLE_RUST_VERSIONS=fallback exec cargo "\$@"
TEXT
    chmod +x "$BIN/rustc" "$BIN/cargo"
}

works() {
    echo 'fn main() {}' >probe.rs
    "$BIN/rustc" --target wasm32-wasi probe.rs -o probe.wasm >/dev/null 2>&1
}

if [ -x "$BIN/rustc" ] && works; then echo "$BIN"; exit; fi
[ -d usr ] || unpack
write_wrappers
works || skip "the unpacked compiler does not run"
echo "$BIN"
