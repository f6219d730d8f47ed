#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Every function of a module must do the same however it is compiled: called with random arguments it has to
return the same, trap alike, and leave the same in memory. Prints "N passed, N failed, N skipped"; what
fails is kept.

    functions.py HOST [--seed N] [--count N | --seconds N] [--ways WAY:WAY...] [--keep DIRECTORY]
                      [--clang CLANG] [MODULE...]

HOST is the program made of functions_host.c, which says what a way is. Without modules they are made: of random
C (random_c.py) by CLANG, if that is given, and of the modules of other tests (changed_modules.py). The same seed
gives the same modules.
"""
import argparse
import os
import random
import re
import shutil
import subprocess
import sys
import tempfile
import time

from changed_modules import changed, corpus
from random_c import random_c
from random_code import leb

BATCH = 12
WAYS = ["1", "2", "2", "3", "2,checked", "2,native", "3,native", "3,native,checked", "2,interruptible"]
STRICT = ["2,strict", "3,strict", "3,strict,native", "2,strict,checked"]
LEVELS = ["-O0", "-O1", "-O2", "-O2", "-O3", "-Os", "-O3 -msimd128", "-O2 -fno-vectorize -funroll-loops", "-O2 -fno-unroll-loops"]
FEATURES = ["", "-mbulk-memory", "-mnontrapping-fptoint", "-mbulk-memory -mnontrapping-fptoint -msign-ext"]
LINE = re.compile(r"(\S+): (\d+) calls, \d+ trapped, \d+ too long, (\d+) different(, not valid)?$")


# ---- modules ----

def number(data, at):
    n = shift = 0
    while True:
        n |= (data[at] & 0x7F) << shift
        shift += 7
        at += 1
        if data[at - 1] < 0x80:
            return n, at


def sections(data):
    at = 8
    while at < len(data):
        size, start = number(data, at + 1)
        yield data[at], data[start:start + size]
        at = start + size


def skip_type(data, at):
    return number(data, at + 1)[1] if data[at] in (0x63, 0x64) else at + 1


def skip_limits(data, at):
    flags = data[at]
    for _ in range(1 + (flags & 1) + (flags >> 3 & 1)):
        at = number(data, at + 1)[1] - 1
    return at + 1


def imported_functions(data):
    count, at = number(data, 0)
    functions = 0
    for _ in range(count):
        for _ in range(2):
            size, at = number(data, at)
            at += size
        kind, at = data[at], at + 1
        if kind == 0:
            functions, at = functions + 1, number(data, at)[1]
        elif kind == 1:
            at = skip_limits(data, skip_type(data, at))
        elif kind == 2:
            at = skip_limits(data, at)
        else:
            at = skip_type(data, at) + 1 if kind == 3 else number(data, at + 1)[1]
    return functions


def export_functions(data, r):
    """The module with most of its functions exported."""
    parts = dict(part for part in sections(data) if part[0])
    first = imported_functions(parts[2]) if 2 in parts else 0
    count, at = number(parts.get(7, b"\0"), 0)
    names = [f"?f{n}".encode() for n in range(first, first + number(parts.get(3, b"\0"), 0)[0]) if r.random() < 0.7]
    parts[7] = leb(count + len(names)) + parts.get(7, b"\0")[at:] + b"".join(
        leb(len(name)) + name + b"\0" + leb(int(name[2:])) for name in names)
    order = [1, 2, 3, 4, 5, 13, 6, 7, 8, 9, 12, 10, 11]
    return data[:8] + b"".join(bytes([n]) + leb(len(parts[n])) + parts[n] for n in order if n in parts)


def given_module(r, directory, path):
    file = os.path.join(directory, os.path.basename(path))
    with open(path, "rb") as source, open(file, "wb") as out:
        out.write(export_functions(source.read(), r))
    return file


def compiled_c(r, file, clang):
    """None if the compiler does not like it."""
    with open(file + ".c", "w", encoding="ascii") as out:
        out.write(random_c(r))
    flags = f"{r.choice(LEVELS)} {r.choice(FEATURES)}".split()
    command = [clang, "--target=wasm32", "-nostdlib", "-ffreestanding", "-w", *flags, "-Wl,--no-entry,-zstack-size=4096",
               file + ".c", "-o", file + ".wasm"]
    return file + ".wasm" if subprocess.run(command, stderr=subprocess.DEVNULL, check=False).returncode == 0 else None


def changed_module(r, file, modules):
    with open(file + ".wat", "w", encoding="utf-8") as out:
        out.write(changed(r, r.choice(modules)))
    return file + ".wat"


def make_batch(options, seed):
    r = random.Random(seed)
    names = [os.path.join(options.directory, f"{seed}-{n}") for n in range(BATCH)]
    if options.clang and seed % 2:
        return list(filter(None, (compiled_c(r, name, options.clang) for name in names[:BATCH // 2])))
    return [changed_module(r, name, options.modules) for name in names]


# ---- runs ----

class Counts:
    passed = failed = skipped = 0


def run_host(options, files, seed, calls):
    """{file: (calls, fault or None)} of those that it came to the end of, and how it ended."""
    r = random.Random(seed)
    ways = options.ways or ":".join(["0,fuel", *r.sample(STRICT if r.random() < 0.3 else WAYS, 2)])
    command = [options.host, options.directory, str(seed), str(calls), ways, *files]
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, errors="replace", check=False)
    results, said = {}, ""
    for line in done.stdout.splitlines():
        match = LINE.match(line)
        if match:
            results[match.group(1)] = (int(match.group(2)), f"{ways}: {said}" if int(match.group(3)) else None)
        said = "" if match else said or line
    return results, f"{ways}: the host ended with {done.returncode}: {said}"


def keep(options, file, fault):
    os.makedirs(options.keep, exist_ok=True)
    for name in {file, file.replace(".wasm", ".c")}:
        if os.path.exists(name):
            kept = shutil.copy(name, os.path.join(options.keep, f"differs-{os.path.basename(name)}"))
    print(f"FAILED: {kept}: {fault}", flush=True)


def check(options, files, seed, calls, counts):
    """A module that ends the host is one that failed; the others of the batch are run again."""
    while files:
        results, ended = run_host(options, files, seed, calls)
        for called, fault in results.values():
            counts.passed += called > 0 and not fault
            counts.skipped += called == 0
        faults = [(file, fault) for file, (_, fault) in results.items() if fault]
        rest = files[len(results):]
        if rest:
            faults.append((rest[0], ended))
        for file, fault in faults:
            counts.failed += 1
            keep(options, file, fault)
        files = rest[1:]


def parse():
    parser = argparse.ArgumentParser()
    parser.add_argument("host")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--count", type=int, default=4, help="batches")
    parser.add_argument("--seconds", type=float)
    parser.add_argument("--ways")
    parser.add_argument("--keep", default=".")
    parser.add_argument("--clang")
    parser.add_argument("given", nargs="*", metavar="MODULE")
    return parser.parse_intermixed_args()


def main():
    options, counts = parse(), Counts()
    if options.clang and not shutil.which(options.clang):
        print(f"{options.clang} is not installed: no random C")
        options.clang = None
    options.modules = corpus()
    end = time.monotonic() + options.seconds if options.seconds else None
    seed = options.seed
    with tempfile.TemporaryDirectory() as options.directory:
        for path in options.given:
            check(options, [given_module(random.Random(seed), options.directory, path)], seed, 8, counts)
        while not options.given and (time.monotonic() < end if end else seed < options.seed + options.count):
            files = make_batch(options, seed)
            check(options, files, seed, 12, counts)
            for file in os.listdir(options.directory):
                os.unlink(os.path.join(options.directory, file))
            seed += 1
    print(f"{counts.passed} passed, {counts.failed} failed, {counts.skipped} skipped")
    return counts.failed != 0


if __name__ == "__main__":
    sys.exit(main())
