#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Differential testing: random modules must give the same results however they are compiled, in
node, and in wasmtime. Prints "N passed, N failed, N skipped"; a module that fails is kept in the current
directory.

    differential.py HOST [--seed N] [--count N | --seconds N] [--ways WAY:WAY...] [--keep DIRECTORY]
                         [--wasmtime PYTHON] [--text WASM2SO]

HOST is the program made from differential_host.c, which says what a way is. With --text the modules are
those of random_text.py, which WASM2SO makes of their text. PYTHON is one that has the
package wasmtime, the only one of the two that knows several memories, those of 64-bit addresses and
exceptions. The same seed gives the same modules. A command may take half an hour, for what never ends: a batch is then tried again module by
module, and one that is alone fails with "timeout" and is kept.
"""
import argparse
import os
import shutil
import subprocess
import sys
import tempfile
import time

from random_module import random_module
from random_text import is_deterministic, random_text

HERE = os.path.dirname(os.path.abspath(__file__))
BATCH = 10


def run(command):
    """The lines that a command prints, and how it ended."""
    try:
        done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=1800)
    except subprocess.TimeoutExpired as late:
        said = late.stdout or b""  # bytes or text: that depends on Python's version
        return (said if isinstance(said, str) else said.decode(errors="replace")).splitlines(), "timeout"
    return done.stdout.splitlines(), done.returncode


def outcomes(lines):
    """{file: {way: results}}"""
    result = {}
    for line in lines:
        words = line.split(" ", 2)
        if len(words) == 3:
            result.setdefault(words[0], {})[words[1]] = words[2]
    return result


def comparable(words, strict):
    """Without --strict-traps stores before a trap may be seen or not: what a trap leaves does not count.
    Of an atomic access both beyond the memory and not aligned, engines report one or the other."""
    words = words.replace("=unaligned_atomic", "=out_of_bounds_memory_access")
    return [word if strict or "=ok:" in word else word.split(":")[0] for word in words.split() if "fuel=" not in word]


def difference(of_file):
    """The first results that are not the same everywhere, or None."""
    ways = list(of_file)
    strict = all("strict" in way or way in ("node", "wasmtime") for way in ways)
    rows = [comparable(of_file[way], strict) for way in ways]
    fuel = {way: of_file[way].split()[-1] for way in ways if "fuel" in way}
    if len(set(fuel.values())) > 1:
        return ", ".join(f"{way}: {word}" for way, word in fuel.items())
    if all(row == rows[0] for row in rows):
        return None
    for column in zip(*rows):
        if len(set(column)) > 1:
            return ", ".join(f"{way}: {word}" for way, word in zip(ways, column))
    return ", ".join(f"{way}: {of_file[way][:80]}" for way in ways)


def check_batch(options, files):
    """Names and faults of the modules that failed."""
    lines, status = run([options.host, options.directory, options.ways, *files])
    faults = []
    if status != 0 and len(files) > 1:
        return [fault for file in files for fault in check_batch(options, [file])]
    if status != 0:
        return [(files[0], f"the host ended with {status}: {lines[-1] if lines else ''}")]
    results = outcomes(lines)
    for other in options.others:
        lines, status = run([*other, *files])
        if status != 0 and len(files) > 1:
            return [fault for file in files for fault in check_batch(options, [file])]
        if status != 0:
            return [(files[0], f"{other[-1]} ended with {status}: {lines[-3:]}")]
        for file, by_way in outcomes(lines).items():
            results[file].update(by_way)
    for file in files:
        found = difference(results[file])
        if found:
            faults.append((file, found))
    return faults


def write_module(options, seed):
    """The name of the file."""
    file = os.path.join(options.directory, f"{seed}.wasm")
    if not options.text:
        with open(file, "wb") as out:
            out.write(random_module(seed))
        return file
    text = os.path.join(options.directory, f"{seed}.wat")
    with open(text, "w", encoding="utf-8") as out:
        out.write(random_text(seed))
    subprocess.run([options.text, "compile", text, "--emit", "wasm", "-o", file], check=True)
    os.unlink(text)
    return file


def check_seeds(options, seeds):
    """As check_batch; modules that are deterministic only when compiled so are compiled and run so."""
    files = {seed: write_module(options, seed) for seed in seeds}
    strict = [seed for seed in seeds if options.text and is_deterministic(seed)]
    faults = check_batch(options, [files[seed] for seed in seeds if seed not in strict])
    if strict:
        ways = ":".join(way if "deterministic" in way else way + ",deterministic" for way in options.ways.split(":"))
        others = [[*other, "--deterministic"] for other in options.others if other[0] == options.wasmtime]
        also = argparse.Namespace(**{**vars(options), "ways": ways, "others": others})
        faults += check_batch(also, [files[seed] for seed in strict])
    return files.values(), faults


def parse():
    parser = argparse.ArgumentParser()
    parser.add_argument("host")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--count", type=int, default=20)
    parser.add_argument("--seconds", type=float)
    parser.add_argument("--ways", default="0:2:3:2,checked:2,pgo")
    parser.add_argument("--keep", default=".")
    parser.add_argument("--wasmtime")
    parser.add_argument("--text")
    options = parser.parse_args()
    options.others = []
    if shutil.which("node"):
        options.others.append(["node", os.path.join(HERE, "differential.js")])
    if options.wasmtime:
        options.others.append([options.wasmtime, os.path.join(HERE, "differential_wasmtime.py")])
    return options


def main():
    options = parse()
    end = time.monotonic() + options.seconds if options.seconds else None
    seed, done, failed = options.seed, 0, 0
    if not options.others:
        print("node is not installed: the ways are compared with each other only")
    with tempfile.TemporaryDirectory() as options.directory:
        while time.monotonic() < end if end else done < options.count:
            count = BATCH if end else min(BATCH, options.count - done)
            files, faults = check_seeds(options, range(seed, seed + count))
            for file, fault in faults:
                failed += 1
                kept = shutil.copy(file, os.path.join(options.keep, f"differs-{os.path.basename(file)}"))
                print(f"FAILED: {kept}: {fault}", flush=True)
            for file in files:
                os.unlink(file)
            seed += len(files)
            done += len(files)
    print(f"differential: seeds {options.seed} to {seed - 1}")
    print(f"{done - failed} passed, {failed} failed, 0 skipped")
    return failed != 0


if __name__ == "__main__":
    sys.exit(main())
