#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
# Takes all figures of docs/performance.md anew, on a machine that does nothing else (two hours or so on
# two cores): the suites in scalar and 128-bit builds, the scale of compiling, and the two charts.
#
#   bench/figures.sh [BUILD]    tables and JSON into BUILD/bench, charts into docs/
set -euo pipefail
cd "$(dirname "$0")/.."
W2S_BUILD=$(realpath "${1:-build}")
export W2S_BUILD
out=$W2S_BUILD/bench
mkdir -p "$out"

bench/run.py --full -o "$out/results.json" | tee "$out/results.txt"
bench/run.py --full --simd -o "$out/results-simd.json" | tee "$out/results-simd.txt"
bench/scale.py | tee "$out/scale.txt"
bench/chart.py results "$out/results.json" docs/performance.svg
bench/chart.py scale "$out/scale.json" docs/scale.svg
