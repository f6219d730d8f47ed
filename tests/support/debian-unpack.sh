#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
# Unpacks Debian packages into FOLDER/usr without installing them, so that what is installed stays as
# it is. FOLDER/usr appears when it is whole. Fetches the list of packages anew, into FOLDER, where the
# machine's is missing or too old.
#   usage: debian-unpack.sh FOLDER PACKAGE...        exit code 77: they cannot be had
set -euo pipefail
cd "$1"
shift

skip() { echo "debian-unpack.sh: skipped: $*" >&2; exit 77; }
fetch() { (cd deb && apt-get -q -o APT::Sandbox::User= "${OPTIONS[@]}" download "$@"); }

command -v apt-get >/dev/null && command -v dpkg-deb >/dev/null || skip "knows Debian packages only"
rm -rf deb unpacked usr
mkdir -p deb lists/partial
OPTIONS=()
if ! fetch "$@" >&2; then
    OPTIONS=(-o "Dir::State::lists=$PWD/lists")
    apt-get -q -o APT::Sandbox::User= "${OPTIONS[@]}" update >&2 || true
    fetch "$@" >&2 || skip "no packages: $*"
fi
for package in deb/*.deb; do dpkg-deb -x "$package" unpacked; done
rm -rf deb lists unpacked/usr/share
mv unpacked/usr usr # the last step: what is there is whole
rm -r unpacked
