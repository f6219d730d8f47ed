#!/bin/sh
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
# Builds the guest in C; it needs no C library.   usage: build.sh CLANG OUTPUT
exec "$1" --target=wasm32 -std=c17 -O2 -Wall -Wextra -fno-builtin -nostdlib -Wl,--no-entry \
    "$(dirname "$0")/guest.c" -o "$2"
