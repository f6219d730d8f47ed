#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
# Includes point one way only (docs/style.md, rule 13):
#   frontend -> frontend     runtime -> runtime     codegen -> frontend, wasm2so_abi.h, LLVM
#   (codegen/output/executable.c and envoy.c also see what they tell an executable's main function and
#   Envoy's adapter, and the names of WASI's and proxy-wasm's functions)
#   within codegen: emit -> plan, passes; these and output only what lies in codegen/ itself
#   tools, spec-tests -> frontend and the installed headers
#   capi -> the installed headers
set -u
cd "$(dirname "$0")/.."
bad=0

# FOLDER PATTERN: what files there may include in quotes
allow() {
    local found
    found=$(git grep -nE '^#include "' -- "$1/*.c" "$1/*.h" "$1/*.cpp" "$1/*.S" | grep -vE "#include \"($2)")
    if [ -n "$found" ]; then
        printf 'layering: %s includes what it must not:\n%s\n' "$1" "$found"
        bad=1
    fi
}

allow frontend 'frontend/'
allow runtime 'runtime/|wasm2so(_abi)?\.h"'
allow codegen 'codegen/|frontend/|runtime/include/wasm2so_(abi|envoy|exe|file)\.h"|runtime/(envoy|wasi)/functions\.def"|lld/|llvm/'
inside='codegen/[a-z]+\.h|codegen/include/|frontend/|runtime/|lld/|llvm/'
allow codegen/plan "$inside|codegen/plan/"
allow codegen/passes "$inside|codegen/passes/"
allow codegen/output "$inside|codegen/output/"
allow codegen/emit "$inside|codegen/(emit|plan|passes)/"
allow tools 'tools/|frontend/|codegen/include/|runtime/include/'
allow capi 'capi/|codegen/include/|runtime/include/|wasm\.h"'
allow spec-tests 'spec-tests/|frontend/|codegen/include/|runtime/include/'

llvm=$(git grep -nE '^#include <(llvm|lld)' -- frontend runtime capi tools spec-tests)
if [ -n "$llvm" ]; then
    printf 'layering: only codegen sees LLVM:\n%s\n' "$llvm"
    bad=1
fi
exit $bad
