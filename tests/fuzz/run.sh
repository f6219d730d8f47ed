#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
# Runs each fuzzer for some seconds, starting from the goldens and examples; the corpus stays in the
# build folder, an input that fails as crash-* there.   usage: run.sh BUILD_DIR SECONDS
set -euo pipefail
cd "$(dirname "$0")/../.."
BUILD=$(realpath "$1") SECONDS_EACH=$2
mkdir -p "$BUILD/corpus/text" "$BUILD/corpus/binary"
for source in tests/golden/*/*.wat examples/book/*.wat; do
    cp "$source" "$BUILD/corpus/text/$(tr / - <<<"$source")"
done
if command -v clang-19 >/dev/null; then
    for flags in -O0 -O2 "-O3 -mbulk-memory -msimd128" "-Os -g"; do
        # shellcheck disable=SC2086
        clang-19 $flags -ffunction-sections --target=wasm32-wasi --sysroot=/usr -c examples/demo/demo.c \
            -o "$BUILD/corpus/binary/demo${flags// /}.wasm"
    done
fi
cd "$BUILD"
for what in binary text; do
    echo "fuzz_$what: $SECONDS_EACH s"
    bin/fuzz_$what -max_total_time="$SECONDS_EACH" -timeout=10 -rss_limit_mb=4096 -max_len=65536 \
        -print_final_stats=1 -verbosity=0 corpus/$what
done
