#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Random modules of Binaryen's generator, with garbage collection, exceptions, SIMD, 64-bit and
several memories, tail calls and atomics: what they log, return and throw must be the same here,
however they are compiled, and in Binaryen's interpreter. Prints "N passed, N failed, N skipped"; a
module that fails is kept in the current directory.

    binaryen.py HOST PACKAGES [--seed N] [--count N | --seconds N] [--ways WAY:WAY...] [--keep DIRECTORY]

HOST is the program made from binaryen_host.c; PACKAGES a folder where the npm package is put. Exit
code 77: it cannot be had. A module does not count from where the interpreter meets a limit of its own.
"""
import argparse
import math
import os
import random
import re
import shutil
import subprocess
import sys
import tempfile
import time

VERSION = "132.0.0"
# What is not in this compiler: proposals that are no standard, or not settled.
WITHOUT = ("strings shared-everything fp16 stack-switching custom-descriptors relaxed-simd multibyte "
           "acquire-release-atomics relaxed-atomics compact-imports").split()
FEATURES = ["-all"] + ["--disable-" + name for name in WITHOUT]


def run(command):
    """What a command prints, and how it ended."""
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, check=False)
    return done.stdout, done.returncode


def wasm_opt(packages):
    """The program, installed where it is missing; None if that fails."""
    program = os.path.join(packages, "node_modules", "binaryen", "bin", "wasm-opt")
    if not os.path.exists(program) and shutil.which("npm"):
        subprocess.run(["npm", "install", "--silent", "--no-save", "--prefix", packages, f"binaryen@{VERSION}"],
                       stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=False)
    return program if os.path.exists(program) and shutil.which("node") else None


def generate(program, seed, directory):
    """A module, and the lines that the interpreter prints for it. Its floating-point operations give
    no NaNs, whose bits are not determined."""
    rng = random.Random(seed)
    source = os.path.join(directory, "input")
    with open(source, "wb") as out:
        out.write(rng.randbytes(rng.choice([500, 5000, 20000, 60000])))
    module = os.path.join(directory, f"{seed}.wasm")
    passes = ["-O3"] if seed % 3 == 0 else []  # optimised code has other instructions
    made = run(["node", program, source, "-ttf", "--denan", *passes, *FEATURES, "-o", module])[1]
    if made != 0:
        return module, None
    text, status = run(["node", program, module, *FEATURES, "--fuzz-exec-before"])
    return module, text.splitlines() if status == 0 else None


def same_word(ours, theirs):
    """Floating-point numbers, which the host writes in hexadecimal, are compared by value: the
    interpreter's digits may be short of the last bit. All else is written alike."""
    if "p" not in ours and "n" not in ours:
        return ours == theirs
    try:
        a, b = float.fromhex(ours), float(theirs.split(":")[0])
    except ValueError:
        return ours == theirs
    if a != a or b != b:
        return a != a and b != b
    return math.copysign(1, a) == math.copysign(1, b) and math.isclose(a, b, rel_tol=1e-15)


def same_line(ours, theirs):
    if theirs.startswith("[trap") or ours.startswith("[trap"):  # each has words of its own
        return ours.startswith("[trap") and theirs.startswith("[trap")
    a, b = (re.sub(r"(exception thrown:) \S+", r"\1", line).rstrip("]").split() for line in (ours, theirs))
    a, b = ([re.sub(r"^tag$", "", word) for word in words] for words in (a, b))
    return len(a) == len(b) and all(map(same_word, a, b))


def difference(ours, theirs, strict):
    """The first line that is not the same, or None. Without --strict-traps what a trap leaves does not
    count, so nothing does after it."""
    for number, line in enumerate(theirs):
        if line.startswith("[host limit"):
            return None
        mine = ours[number] if number < len(ours) else "nothing"
        if not same_line(mine, line):
            return f"line {number + 1}: {mine}, not {line}"
        if line.startswith("[trap") and not strict:
            return None
    return f"more: {ours[len(theirs)]}" if len(ours) > len(theirs) else None


def check(options, module, theirs):
    """What is wrong, or None."""
    text, status = run([options.host, options.directory, options.ways, module])
    ways = text.split("way ")[1:]
    for way in ways:
        name, *lines = way.splitlines()
        if status != 0 and way is ways[-1]:
            return f"{name}: the host ended with {status}: {lines[-1:]}"
        found = difference(lines, theirs, "strict" in name)
        if found:
            return f"{name}: {found}"
    return None if ways else f"the host ended with {status}"


def parse():
    parser = argparse.ArgumentParser()
    parser.add_argument("host")
    parser.add_argument("packages")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--count", type=int, default=20)
    parser.add_argument("--seconds", type=float)
    parser.add_argument("--ways", default="0,strict:2:2,strict:2,strict,checked")
    parser.add_argument("--keep", default=".")
    return parser.parse_args()


def main():
    options = parse()
    program = wasm_opt(options.packages)
    if not program:
        print(f"the npm package binaryen {VERSION} cannot be had: no modules of its generator")
        return 77
    end = time.monotonic() + options.seconds if options.seconds else None
    seed, failed, skipped = options.seed, 0, 0
    with tempfile.TemporaryDirectory() as options.directory:
        while time.monotonic() < end if end else seed < options.seed + options.count:
            module, theirs = generate(program, seed, options.directory)
            fault = check(options, module, theirs) if theirs is not None else None
            if theirs is None:
                skipped += 1  # the generator failed, or its interpreter
            elif fault:
                failed += 1
                kept = shutil.copy(module, os.path.join(options.keep, f"binaryen-{seed}.wasm"))
                print(f"FAILED: {kept}: {fault}", flush=True)
            if os.path.exists(module):
                os.unlink(module)
            seed += 1
    print(f"binaryen: seeds {options.seed} to {seed - 1}")
    print(f"{seed - options.seed - failed - skipped} passed, {failed} failed, {skipped} skipped")
    return 1 if failed or skipped == seed - options.seed else 0


if __name__ == "__main__":
    sys.exit(main())
