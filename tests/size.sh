#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
# Caps on size (docs/style.md, rule 3): 700 lines a file, 120 a C function, which runs from a "{"
# in the first column to the next "}" there.
set -u
cd "$(dirname "$0")/.."
git ls-files dev '*.c' '*.h' '*.cpp' '*.py' '*.sh' '*.js' | xargs awk '
    FNR == 1 { check_file(); file = FILENAME; start = 0 }
    { lines = FNR }
    /^{/ { start = FNR }
    /^}/ && start {
        if (FNR - start > 120) { printf "%s:%d: function of %d lines\n", file, start, FNR - start; bad = 1 }
        start = 0
    }
    function check_file() {
        if (lines > 700) { printf "%s: %d lines\n", file, lines; bad = 1 }
        lines = 0
    }
    END { check_file(); exit bad }'
