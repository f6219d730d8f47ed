#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""What a profile gains (docs/pgo.md): a WASI program compiled without one, to count, and by the counts
of a short run, then run in turns. Prints user times, least of the rounds.

    pgo.py [--build DIR] [--rounds N] [--dir DIR] [--train "ARG..."] MODULE.wasm [ARG...]

--train has the arguments of the run that is counted (without it, those of the measured one).
"""
import argparse
import os
import resource
import shlex
import subprocess
import sys
import tempfile


def user_time(command, env=None):
    before = resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime
    subprocess.run(command, stdout=subprocess.DEVNULL, check=True, env=env)
    return resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime - before


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("--build", default="build", metavar="DIR", help="build folder (build)")
    parser.add_argument("--rounds", type=int, default=5, metavar="N", help="runs of each (5)")
    parser.add_argument("--dir", default=".", help="what the program sees (.)")
    parser.add_argument("--train", metavar="ARGS", help="arguments of the counted run")
    parser.add_argument("module")
    parser.add_argument("args", nargs=argparse.REMAINDER)
    options = parser.parse_args()
    tool = os.path.join(options.build, "bin", "wasm2so")
    train = options.args if options.train is None else shlex.split(options.train)
    with tempfile.TemporaryDirectory() as work:
        files = {kind: os.path.join(work, kind) for kind in ("plain.so", "counting.so", "by profile.so", "profile")}

        def compile_to(kind, *flags):
            return user_time([tool, "compile", options.module, "--cpu", "native", "-o", files[kind], *flags])

        def run(kind, args, env=None):
            return user_time([tool, "run", "--dir", options.dir, files[kind], "--", *args], env)

        compiled = compile_to("plain.so")
        compile_to("counting.so", "--pgo-gen")
        run("counting.so", train, {**os.environ, "W2S_PROFILE": files["profile"]})
        compiled_by = compile_to("by profile.so", "--pgo-use", files["profile"])
        kinds = ("plain.so", "by profile.so", "counting.so")
        times = {kind: [] for kind in kinds}
        for _ in range(options.rounds):
            for kind in kinds:
                times[kind].append(run(kind, options.args, {**os.environ, "W2S_PROFILE": os.path.join(work, "more")}))
        plain = min(times["plain.so"])
        for kind in kinds:
            print(f"{os.path.basename(options.module)}: {kind.removesuffix('.so')}: "
                  f"{min(times[kind]):.3f} s, {min(times[kind]) / plain:.2f}")
        print(f"compile: {compiled:.1f} s, by profile {compiled_by:.1f} s")


if __name__ == "__main__":
    sys.exit(main())
