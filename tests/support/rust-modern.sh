#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
# A Rust of today that compiles for wasm: the one that Debian keeps for its browsers, with its cargo,
# unpacked below FOLDER. It comes without a standard library for wasm, so that is built here from
# its sources, once (a minute). Prints how to call it:
#     rust=$(tests/support/rust-modern.sh build/rust-modern) || exit 77
#     "$rust/cargo" build --release --target wasm32-unknown-unknown
# The second call finds everything in FOLDER and needs no network. Where the packages cannot be had, or,
# with --there, where there was no first call, it says so, exit code 77.
#   usage: rust-modern.sh FOLDER [--there]
set -euo pipefail
THERE=${2:-}
UNPACK=$(realpath "$(dirname "$0")")/debian-unpack.sh
mkdir -p "$1"
cd "$1"
exec 9>lock
flock 9 # one of the tests that call this at once unpacks it
BIN=$PWD/bin USR=$PWD/usr TARGET=wasm32-unknown-unknown

skip() { echo "rust-modern.sh: skipped: $*" >&2; exit 77; }

# Debian moves it to later versions, which are part of some names: PACKAGE depends on PATTERN.
depends() { apt-cache depends "$1" 2>/dev/null | sed -n "s/.*Depends: \($2\)$/\1/p" | head -n 1; }

# cargo's library for git with what it needs: the rest of its libraries come with curl.
unpack() {
    command -v apt-cache >/dev/null || skip "knows Debian packages only"
    local std llvm git
    std=$(depends libstd-rust-web-dev 'libstd-rust-web-[0-9.]*')
    llvm=$(depends "${std:-none}" 'libllvm[0-9]*')
    git=$(depends cargo-web 'libgit2-[0-9.]*')
    [ -n "$llvm" ] && [ -n "$git" ] || skip "no package rustc-web in the lists of apt"
    "$UNPACK" . rustc-web cargo-web rust-web-src libstd-rust-web-dev "$std" "$llvm" \
        "lld-${llvm#libllvm}" "$git" libhttp-parser2.9 libmbedtls14 libmbedx509-1 libmbedcrypto7
    (cd usr/lib/rustlib/src/rust && rm -rf compiler src debian)
}

# A linker for wasm only: build scripts and procedural macros are this machine's programs.
write_wrappers() {
    local linker
    linker=$(echo "$USR"/lib/llvm-*/bin/wasm-ld)
    mkdir -p "$BIN"
    cat >"$BIN/rustc" <<TEXT
#!/usr/bin/env bash
export LD_LIBRARY_PATH=$USR/lib/$(uname -m)-linux-gnu
case " \$* " in *wasm32*) set -- "\$@" -C "linker=$linker" ;; esac
exec "$USR/bin/rustc" --sysroot "$USR" "\$@"
TEXT
    cat >"$BIN/cargo" <<TEXT
#!/bin/sh
export RUSTC=$BIN/rustc
LD_LIBRARY_PATH=$USR/lib/$(uname -m)-linux-gnu exec "$USR/bin/cargo" "\$@"
TEXT
    chmod +x "$BIN/rustc" "$BIN/cargo"
}

# An empty crate pulls the library in; what was built for it goes where rustc looks for libraries.
# With bitcode, for guests that want link-time optimization.
build_std() {
    local vendor=$USR/lib/rustlib/src/rust/library/vendor
    rm -rf std
    mkdir -p std/src
    printf '[package]\nname = "empty"\nversion = "0.0.0"\nedition = "2021"\n\n[workspace]\n' >std/Cargo.toml
    echo '#![no_std]' >std/src/lib.rs
    (cd std && RUSTC_BOOTSTRAP=1 RUSTFLAGS=-Cembed-bitcode=yes "$BIN/cargo" build -q --release \
        --offline --target $TARGET -Zbuild-std=std,panic_abort \
        --config 'source.crates-io.replace-with = "vendored"' \
        --config "source.vendored.directory = '$vendor'") >&2 ||
        skip "the standard library does not build"
    mkdir -p "$USR/lib/rustlib/$TARGET/lib"
    cp std/target/$TARGET/release/deps/*.rlib "$USR/lib/rustlib/$TARGET/lib"
    rm -rf std "$USR/lib/rustlib/$TARGET/lib"/libempty-*
}

works() {
    echo 'fn main() { println!("{}", std::env::args().count()) }' >probe.rs
    "$BIN/rustc" --target $TARGET probe.rs -o probe.wasm >/dev/null 2>&1
}

if [ -x "$BIN/rustc" ] && works; then echo "$BIN"; exit; fi
[ "$THERE" != --there ] || skip "not made yet: ./dev test --full makes it"
[ -d usr ] || unpack
write_wrappers
build_std
works || skip "the unpacked compiler does not run"
echo "$BIN"
