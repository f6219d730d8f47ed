#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""What code costs that can be interrupted, or counts fuel: the kernels beside the same without.

Rounds are interleaved and outputs must be equal; what counts is the least user + system time of the
rounds, the few milliseconds of start-up included.
"""
import argparse
import math
import sys
from pathlib import Path

from workshop import Run

HERE = Path(__file__).resolve().parent
CLANG = ["clang-19", "-std=gnu17", "-O3", "-ffp-contract=off", "-fno-math-errno"]
WAYS = {"plain": [], "interruptible": ["--interruptible"], "fuel": ["--fuel"]}


def prepare(source, folder, tool):
    wasm = folder / f"{source.stem}.wasm"
    Run([*CLANG, "--target=wasm32-wasi", "--sysroot=/usr", source, "-o", wasm]).check()
    for way, flags in WAYS.items():
        Run([tool, "compile", wasm, "--cpu", "native", *flags, "-o", folder / f"{source.stem}.{way}.so"]).check()


def measure(source, folder, tool, options):
    least, outputs = {}, set()
    for _ in range(options.rounds):
        for way in WAYS:
            run = Run([tool, "run", folder / f"{source.stem}.{way}.so", "--", options.scale]).check()
            least[way] = min(run.seconds, least.get(way, run.seconds))
            outputs.add(run.output)
    if len(outputs) != 1:
        sys.exit(f"limits.py: {source.stem}: outputs differ")
    return least


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("only", nargs="*", metavar="KERNEL")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--scale", type=int, default=100)
    parser.add_argument("--build", default=HERE.parent / "build", type=Path, metavar="DIR")
    options = parser.parse_args()
    tool, folder = options.build / "bin" / "wasm2so", options.build / "bench-limits"
    folder.mkdir(parents=True, exist_ok=True)
    ways, logs = list(WAYS)[1:], {way: 0.0 for way in WAYS}
    sources = [s for s in sorted((HERE / "kernels").glob("*.c")) if not options.only or s.stem in options.only]
    print("| program | plain s | " + " | ".join(ways) + " |\n|---|--:|" + "--:|" * len(ways))
    for source in sources:
        prepare(source, folder, tool)
        least = measure(source, folder, tool, options)
        ratios = [least[way] / least["plain"] for way in ways]
        for way, ratio in zip(ways, ratios):
            logs[way] += math.log(ratio)
        print(f"| {source.stem} | {least['plain']:.3f} | " + " | ".join(f"{r:.2f}" for r in ratios) + " |", flush=True)
    means = [f"**{math.exp(logs[way] / len(sources)):.3f}**" for way in ways]
    print("| **geomean** | | " + " | ".join(means) + " |")


if __name__ == "__main__":
    main()
