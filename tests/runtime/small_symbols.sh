#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
# The small profile links nothing of threads and signal handlers. (Weak symbols are libgcc's, which
# asks whether a program has threads.)
#   usage: small_symbols.sh NM LIBRARY
set -euo pipefail
symbols=$("$1" -D --undefined-only "$2")
[[ $symbols == *" U mmap"* ]] || { echo "no symbols in $2"; exit 1; }
if grep -E ' U (pthread_|sigaction|signal|sigaltstack|clone)' <<<"$symbols"; then exit 1; fi
