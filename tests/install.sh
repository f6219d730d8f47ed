#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
# What is installed is enough: installs into a folder of its own, moves that, and builds the examples
# capi and deploy from there, with pkg-config and with CMake, as their READMEs say, and some of hosts.
#   usage: install.sh BUILD CC CXX
set -euo pipefail
BUILD=$(realpath "$1") CC=$2 CXX=$3
cd "$(dirname "$0")/../examples"
command -v pkg-config >/dev/null || { echo "skipped: no pkg-config"; exit 77; }
WORK=$(mktemp -d)
trap 'rm -rf "$WORK"' EXIT

cmake --install "$BUILD" --prefix "$WORK/first" >/dev/null
mv "$WORK/first" "$WORK/prefix"
LIB=$(dirname "$(find "$WORK/prefix" -name libwasm2so_capi.so)")
export PKG_CONFIG_PATH=$LIB/pkgconfig LD_LIBRARY_PATH=$LIB
WASM2SO=$WORK/prefix/bin/wasm2so

for name in hello table; do
    "$WASM2SO" "capi/$name.wat" --emit wasm -o "$WORK/$name.wasm"
done
flags() { # PACKAGE: split into words by the caller
    pkg-config --cflags --libs "$1"
}
run_capi() { # HELLO TABLE: two programs
    ("$1" "$WORK/hello.wasm" && "$2" "$WORK/table.wasm") | diff capi/expected.txt -
}
run_deploy() { # PROGRAM
    rm -rf "$WORK/out" && mkdir "$WORK/out"
    if "$1" "$WORK/out" deploy/good.wat deploy/bad.wat deploy/missing.wat >"$WORK/said"; then
        echo "deploy did not fail"
        exit 1
    fi
    diff deploy/expected.txt "$WORK/said"
    [ "$(ls "$WORK/out")" = good.so ]
    [ "$("$WASM2SO" run "$WORK/out/good.so" --invoke add 34 76)" = 110 ]
}

# shellcheck disable=SC2046
{
    "$CC" -std=c17 capi/hello.c -o "$WORK/hello" $(flags wasm2so-capi)
    "$CXX" -std=c++20 capi/table.cpp -o "$WORK/table" $(flags wasm2so-capi)
    "$CC" -std=c17 deploy/deploy.c -o "$WORK/deploy" $(flags wasm2so-compiler) -lpthread
    # Without shared libraries of ours; the compiler is found by its name.
    "$CC" -std=c17 capi/hello.c -o "$WORK/hello_static" $(pkg-config --cflags wasm2so-capi) \
        "$LIB/libwasm2so_capi.a" "$LIB/libwasm2so_rt.a" -ldl -lpthread
}
run_capi "$WORK/hello" "$WORK/table"
run_capi "$WORK/hello_static" "$WORK/table"
run_deploy "$WORK/deploy"

cat >"$WORK/CMakeLists.txt" <<'TEXT'
cmake_minimum_required(VERSION 3.25)
project(examples LANGUAGES C CXX)
set(CMAKE_CXX_STANDARD 20)
find_package(wasm2so REQUIRED)
add_executable(hello ${EXAMPLES}/capi/hello.c)
add_executable(table ${EXAMPLES}/capi/table.cpp)
add_executable(deploy ${EXAMPLES}/deploy/deploy.c)
target_link_libraries(hello wasm2so::capi_static)
target_link_libraries(table wasm2so::capi)
target_link_libraries(deploy wasm2so::compiler pthread)
TEXT
cmake -S "$WORK" -B "$WORK/cmake" -DCMAKE_PREFIX_PATH="$WORK/prefix" -DEXAMPLES="$PWD" \
    -DCMAKE_C_COMPILER="$CC" -DCMAKE_CXX_COMPILER="$CXX" >"$WORK/log" || { cat "$WORK/log"; exit 1; }
cmake --build "$WORK/cmake" >"$WORK/log" || { cat "$WORK/log"; exit 1; }

run_capi "$WORK/cmake/hello" "$WORK/cmake/table"
run_deploy "$WORK/cmake/deploy"

for language in c cpp python; do
    code=0
    hosts/test.sh $language "$WORK" "$WORK/prefix" || code=$?
    [ $code = 0 ] || [ $code = 77 ]
done
