#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
# No program of ours looks for libraries in the current directory, as an empty entry in its path
# would have it.   usage: runpath.sh FILE...
set -euo pipefail
for file in "$@"; do
    LC_ALL=C readelf -dW "$file" | sed -n 's/.*R.*PATH.*\[\(.*\)\]/\1/p' | while read -r path; do
        case :$path: in
        *::*) echo "$file: an empty entry in '$path'"; exit 1 ;;
        esac
    done
done
