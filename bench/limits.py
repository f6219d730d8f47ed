#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""What code costs that can be interrupted, or counts fuel: the kernels beside the same without.

Rounds are interleaved and outputs must be equal, as in run.py, whose parts this uses; what counts is
the least user + system time of the rounds, without start-up.
usage: limits.py [--rounds N] [--scale N] [--build DIR] [--simd] [KERNEL...]
"""
import argparse
import math
import shutil
import sys

import run


class Limited(run.Wasm2so):
    def __init__(self, bench, name, flags):
        super().__init__(bench, name, "native")
        self.flags = flags

    def compile_command(self, kernel, output, level):
        return super().compile_command(kernel, output, level) + self.flags


class Limits(run.Bench):
    def choose_engines(self):
        return [
            Limited(self, "plain", []),
            Limited(self, "interruptible", ["--interruptible"]),
            Limited(self, "fuel", ["--fuel"]),
        ]


def parse_options():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("only", nargs="*", metavar="KERNEL")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--scale", type=int, default=100)
    parser.add_argument("--build", default=run.ROOT / "build", metavar="DIR")
    parser.add_argument("--clang", default="clang-19", metavar="CC")
    parser.add_argument("--simd", action="store_true", help="the kernels of bench/simd")
    options = parser.parse_args()
    options.level, options.quick = None, False
    options.scale = str(options.scale)
    if not shutil.which(options.clang):
        parser.error(f"{options.clang} is not installed")
    return options


def main():
    bench = Limits(parse_options())
    names = [engine.name for engine in bench.engines]
    starts = bench.measure_start()
    logs = {name: [] for name in names}
    print("| program | plain s | interruptible | fuel |\n|---|--:|--:|--:|")
    for kernel in bench.kernels:
        result = bench.measure(kernel)
        net = {name: max(result[name]["least"] - starts[name], 1e-4) for name in result}
        ratios = {name: net[name] / net["plain"] for name in net}
        for name, value in ratios.items():
            logs[name].append(math.log(value))
        cells = " | ".join(f"{ratios[name]:.2f}" for name in names[1:] if name in ratios)
        print(f"| {kernel} | {net['plain']:.3f} | {cells} |", flush=True)
    means = {name: math.exp(sum(values) / len(values)) for name, values in logs.items()}
    print("| **geomean** | | " + " | ".join(f"**{means[name]:.3f}**" for name in names[1:]) + " |")
    return 1 if bench.failures else 0


if __name__ == "__main__":
    sys.exit(main())
