#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
# Runs the commands of ./README.md and of LANGUAGE/README.md as they stand there, and compares what
# they print. The commands of a section "Fetch" may fail: then there is nothing to test with.
#   usage: test.sh LANGUAGE FETCHED [PREFIX]   (FETCHED: where packages stay; PREFIX: an installation)
set -euo pipefail
LANGUAGE=$1 FETCHED=$2 PREFIX=${3:+$(realpath "$3")}
declare -A TOOLS=([c]=cc [cpp]=c++ [rust]=rustc [go]=go [python]=python3 [node]="node npm" [java]="javac mvn")
mkdir -p "$FETCHED"
export OUT
OUT=$(mktemp -d)
trap 'rm -rf "$OUT"' EXIT
FETCHED=$(realpath "$FETCHED")
cd "$(dirname "$0")"

skip() { echo "skipped: $*"; exit 77; }
commands() { # README SECTION...: the indented lines of these sections ("" is what comes first)
    local file=$1
    shift
    awk -v wanted="|$(IFS='|'; echo "$*")|" '
        /^## / { section = substr($0, 4) }
        /^    / && index(wanted, "|" section "|") { print substr($0, 5) }' "$file"
}

for tool in ${TOOLS[$LANGUAGE]}; do
    command -v "$tool" >/dev/null || skip "no $tool"
done
set -- ${PREFIX:+"$PREFIX"} # what env.sh is sourced with
# shellcheck disable=SC1090
. <(commands README.md "")
cd "$LANGUAGE"
if [ -n "$(commands README.md Fetch)" ]; then
    ln -s "$FETCHED" "$OUT/fetched"
    bash -e <(commands README.md Fetch) >"$OUT/log" 2>&1 || skip "cannot fetch packages: $(tail -n 1 "$OUT/log")"
fi
bash -e <(commands README.md "" Run) >"$OUT/said"
diff ../expected.txt "$OUT/said" && echo "$LANGUAGE: as expected"
