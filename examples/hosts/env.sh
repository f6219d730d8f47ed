# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
# To be sourced: where programs, headers and libraries of wasm2so are, for the shell, the C compiler
# (which cgo and rustc ask as well) and the dynamic linker. What the examples make and fetch goes to
# $OUT.   usage: . env.sh          after ./dev build
#                . env.sh PREFIX   after ./dev install PREFIX
ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
if [ $# -gt 0 ]; then
    W2S_BIN=$1/bin W2S_INCLUDE=$1/include
    W2S_LIB=$(dirname "$(find "$1"/lib* -name libwasm2so_rt.so.1 -not -path '*/small/*' | head -n 1)")
else
    BUILD=${W2S_BUILD:-$ROOT/build}
    W2S_BIN=$BUILD/bin W2S_LIB=$BUILD/lib W2S_INCLUDE=$ROOT/runtime/include
fi
export OUT=${OUT:-$ROOT/build/hosts}
mkdir -p "$OUT"
export PATH=$W2S_BIN:$PATH CPATH=$W2S_INCLUDE:$OUT LIBRARY_PATH=$W2S_LIB:$OUT LD_LIBRARY_PATH=$W2S_LIB:$OUT
