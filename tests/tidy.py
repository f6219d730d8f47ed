#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
# clang-tidy (.clang-tidy says which checks) over the C sources that are built, several at once. Each is
# looked at as the first of the targets that have it compiles it: clang-tidy itself would look at it
# once a target.
#   usage: tidy.py BUILD [JOBS]
import concurrent.futures
import json
import os
import pathlib
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parent.parent
FOLDERS = ("frontend", "codegen", "runtime", "capi", "tools", "spec-tests")


def commands(build):
    """By source file, the first command that compiles it."""
    found = {}
    for entry in json.loads((build / "compile_commands.json").read_text()):
        path = pathlib.Path(entry["file"])
        ours = path.is_relative_to(ROOT) and path.relative_to(ROOT).parts[0] in FOLDERS
        if ours and path.suffix == ".c":
            found.setdefault(path, entry)
    return found


def main():
    found = commands(pathlib.Path(sys.argv[1]))
    jobs = int(sys.argv[2]) if len(sys.argv) > 2 else os.cpu_count()
    failed = 0
    with tempfile.TemporaryDirectory() as folder, concurrent.futures.ThreadPoolExecutor(jobs) as pool:
        (pathlib.Path(folder) / "compile_commands.json").write_text(json.dumps(list(found.values())))

        def look_at(path):
            return subprocess.run(["clang-tidy-19", "--quiet", "-p", folder, path],
                                  capture_output=True, text=True)

        for done in pool.map(look_at, found):
            if done.returncode != 0:
                failed += 1
                print(done.stdout or done.stderr, flush=True)
    print(f"clang-tidy: {len(found)} files, {failed} of them not clean")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
