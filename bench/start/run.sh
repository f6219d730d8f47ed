#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
# Exec to exit of hello world: native programs, standalone executables, and wasm2so run, in turns.
# Prints size and median time of each, and that as a multiple of the native dynamic program's. Needs
# clang with wasi-libc, python3, and musl-gcc for the native musl program (musl-tools).
#   usage: run.sh [BUILD] [RUNS]
set -euo pipefail
cd "$(dirname "$0")/../.."
WASM2SO=$(realpath "${1:-build}/bin/wasm2so") RUNS=${2:-2000}
WORK=$(mktemp -d)
trap 'rm -rf "$WORK"' EXIT
source=tests/guests/hello.c

clang-19 -O2 --target=wasm32-wasi --sysroot="${WASI_SYSROOT:-/usr}" $source -o "$WORK/hello.wasm"
cc -O2 $source -o "$WORK/native"
cc -O2 -static $source -o "$WORK/native-static"
musl-gcc -O2 -static $source -o "$WORK/native-static-musl"
"$WASM2SO" compile "$WORK/hello.wasm" --emit exe -o "$WORK/exe"
"$WASM2SO" compile "$WORK/hello.wasm" --emit exe --static -o "$WORK/exe-static"
"$WASM2SO" compile "$WORK/hello.wasm" -o "$WORK/hello.so"

"$WASM2SO" compile "$WORK/hello.wasm" --emit exe --sandbox -o "$WORK/exe-sandbox"
cd "$WORK"
python3 - "$RUNS" native-static-musl exe-static native-static native exe exe-sandbox \
    "$WASM2SO run hello.so" <<'PYTHON'
import os, statistics, sys, time

runs, commands = int(sys.argv[1]), [text.split() for text in sys.argv[2:]]
quiet = [(os.POSIX_SPAWN_OPEN, 1, "/dev/null", os.O_WRONLY, 0)]


def once(command):
    path = os.path.abspath(command[0])
    start = time.perf_counter_ns()
    child = os.posix_spawn(path, command, os.environ, file_actions=quiet)
    status = os.waitpid(child, 0)[1]
    end = time.perf_counter_ns()
    if status:
        sys.exit(f"{command}: status {status}")
    return (end - start) / 1000


times = [[] for _ in commands]
for _ in range(runs):
    for command, list_ in zip(commands, times):
        list_.append(once(command))
native = statistics.median(times[[c[0] for c in commands].index("native")])
print(f"| {'hello world':<28} |    bytes |     us | native |")
print("| ---                          |     ---: |   ---: |   ---: |")
for command, list_ in zip(commands, times):
    name = command[0] if len(command) == 1 else "wasm2so run hello.so"
    median = statistics.median(list_)
    size = os.path.getsize(command[-1])
    print(f"| {name:<28} | {size:>8} | {median:>6.0f} | {median / native:>6.2f} |")
PYTHON
