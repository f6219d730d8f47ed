#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
# Builds the module that is written by hand against ABI 1 and runs it on this runtime.
#   usage: test.sh ARCH LIBDIR CC [EMULATOR...]
set -euo pipefail
ARCH=$1 LIBDIR=$(realpath "$2") CC=$3
shift 3
cd "$(dirname "$0")"
WORK=$(mktemp -d)
trap 'rm -rf "$WORK"' EXIT

"$CC" -std=gnu17 -Wall -Wextra -Werror -O1 -fPIC -shared -nostdlib -DTARGET="\"$ARCH-linux-gnu\"" \
    -I../../runtime/include module.c "$ARCH.S" -o "$WORK/libabi.so" -Wl,-z,now -Wl,-soname,libabi.so
"$CC" -std=gnu17 -Wall -Wextra -Werror -O1 host.c -o "$WORK/host" -I../../runtime/include \
    -L"$WORK" -L"$LIBDIR" -labi -lwasm2so_rt -Wl,-rpath,"$WORK:$LIBDIR"
"$@" "$WORK/host" "$WORK/libabi.so"
