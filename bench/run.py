#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Runs the suites of bench/ natively, through wasm2so and through its peers.

Native code and wasm come from the same source, compiler and flags. Runs are interleaved, so that a
busy machine slows all engines alike; what counts is user + system time of the child process, less what
the engine's start takes. Outputs must be equal. A peer or a package that cannot be had is a line in the
report, not an error. Exit code 1: an output differs or a build fails. README.md describes the columns
and the fields of the JSON file.
"""
import argparse
import json
import os
import platform
import statistics
import sys
from concurrent.futures import ThreadPoolExecutor

from engines import all_engines
from report import means, print_report
from suites import SUITES, all_programs, idle
from workshop import BUILD, Failure, Missing, Run, Workshop, installed

LEVELS = [0, 1, 2, 3]


class Bench:
    """The chosen programs and engines, and what was found."""

    def __init__(self, options):
        self.options = options
        self.shop = Workshop(options.build, options.clang)
        self.failures = []
        self.left_out = {}
        self.engines = self.choose_engines()
        self.programs, suites = all_programs(self.shop, options)
        for suite, why in suites.items():
            self.leave_out(suite, why)

    def choose_engines(self):
        there = []
        for engine in all_engines(self.shop, self.options):
            why = engine.missing()
            if why:
                self.leave_out(engine.name, why)
            else:
                there.append(engine)
        return there

    def leave_out(self, name, why):
        self.left_out[name] = why
        print(f"{name}: left out: {why}", flush=True)

    def fail(self, text):
        self.failures.append(text)
        print(f"FAILED {text}", flush=True)

    # ---- building ----

    def prepare_one(self, program, engine):
        """Builds what the engine runs of the program, and compares outputs where that is apart."""
        try:
            engine.prepare(program)
            if program.check:
                engine.prepare(program.check)
            return engine
        except Missing as why:
            self.leave_out(f"{program.suite}/{program.name}: {engine.name}", str(why))
        except Failure as failure:
            self.fail(f"{program.suite}/{program.name}: {engine.name}: {failure}")
        return None

    def prepare(self, program, pool):
        engines = [engine for engine in self.engines if engine.can_run(program)]
        try:
            program.wasm()
        except Missing as why:
            self.leave_out(f"{program.suite}/{program.name}", str(why))
            return []
        except Failure as failure:
            self.fail(f"{program.suite}/{program.name}: {failure}")
            return []
        ready = pool.map(lambda engine: self.prepare_one(program, engine), engines)
        return [engine for engine in ready if engine]

    # ---- measuring ----

    def compare(self, program, engines, outputs):
        """The engines whose output is that of the first one, which is native code if there is any."""
        good = []
        for engine in engines:
            if outputs[engine.name] == outputs[engines[0].name]:
                good.append(engine)
            else:
                name = f"{program.suite}/{program.name}: {engine.name}"
                shown, wanted = outputs[engine.name][:80], outputs[engines[0].name][:80]
                self.fail(f"{name}: output {shown!r}, not {wanted!r}")
        return good

    def run_round(self, program, engines, args):
        """One run each: {engine: run}; an engine that fails is said and missing."""
        runs = {}
        for engine in engines:
            try:
                runs[engine.name] = Run([*engine.command(program), *args]).check()
            except Failure as failure:
                self.fail(f"{program.suite}/{program.name}: {failure}")
        return runs

    def measure(self, program, engines):
        """{engine: {least, median, runs}} of one program, rounds interleaved."""
        times = {}
        if program.check:
            engines = self.checked(program, engines)
        for _ in range(self.options.rounds):
            runs = self.run_round(program, engines, program.args())
            engines = [engine for engine in engines if engine.name in runs]
            if engines and program.compared:
                engines = self.compare(program, engines, {n: r.output for n, r in runs.items()})
            for engine in engines:
                times.setdefault(engine.name, []).append(runs[engine.name].seconds)
        names = [engine.name for engine in engines]
        return {name: summary(times[name]) for name in names}

    def checked(self, program, engines):
        """The engines that print what native code prints, in the build made for that."""
        runs = self.run_round(program.check, engines, program.check.args())
        engines = [engine for engine in engines if engine.name in runs]
        return self.compare(program, engines, {n: r.output for n, r in runs.items()})

    def measure_start(self):
        """{engine: seconds} of starting and ending, least of the rounds."""
        program, starts = idle(self.shop, self.options), {}
        engines = [e for e in self.engines if e.can_run(program) and self.prepare_one(program, e)]
        for _ in range(max(self.options.rounds, 5)):
            for name, run in self.run_round(program, engines, program.idle_args()).items():
                starts[name] = min(run.seconds, starts.get(name, run.seconds))
        for engine in self.engines:
            if not engine.can_run(program):  # the hand-written libsodium: native code as well
                starts[engine.name] = starts["native"]
        return starts

    def measure_compile(self, program):
        """Seconds and peak memory of each way to compile, least of the rounds."""
        ways, output, wasm = {}, self.shop.folder / "compile.out", program.wasm()
        for engine in self.engines:
            if engine.name == "wasm2so":
                for level in LEVELS:
                    ways[f"wasm2so -O{level}"] = engine.compile_command(wasm, output, level)
            elif engine.name == "wasmtime":
                ways["wasmtime"] = engine.compile_command(wasm, output)
        results = {}
        for _ in range(min(self.options.rounds, 3)):
            for way, command in ways.items():
                run = Run(command).check()
                # The script prints what the compile alone took, without the interpreter's start.
                seconds = float(run.output) if way == "wasmtime" else run.seconds
                best = results.setdefault(way, {"seconds": seconds, "peak_kib": run.peak_kib})
                best["seconds"] = min(best["seconds"], seconds)
                best["peak_kib"] = min(best["peak_kib"], run.peak_kib)
        return {"name": program.name, "bytes": wasm.stat().st_size, "ways": results}

    # ---- all of it ----

    def run_all(self):
        starts, rows, compiles = self.measure_start(), [], []
        with ThreadPoolExecutor(os.cpu_count()) as pool:
            ready = [(program, self.prepare(program, pool)) for program in self.programs]
        for program, engines in ready:
            if not engines:
                continue
            times = self.measure(program, engines)
            rows.append({"suite": program.suite, "name": program.name, "times": times})
            shown = "  ".join(f"{name} {t['least']:.3f}" for name, t in times.items())
            print(f"{program.suite}/{program.name}: {shown}", flush=True)
        if self.options.compile:
            compiles = [self.measure_compile(p) for p, engines in ready if engines and p.suite == "programs"]
        return self.report(starts, rows, compiles)

    def report(self, starts, rows, compiles):
        keys = ("least", "median")
        suites = dict.fromkeys(row["suite"] for row in rows)
        by_suite = {suite: [row for row in rows if row["suite"] == suite] for suite in suites}
        return {
            "machine": {"cpu": cpu_name(), "cores": os.cpu_count(), "system": platform.platform()},
            "size": "quick" if self.options.quick else "large",
            "rounds": self.options.rounds,
            "simd": self.options.simd,
            "level": self.options.level,
            "engines": [engine.name for engine in self.engines],
            "start": starts,
            "programs": rows,
            "geomean": {s: {key: means(r, starts, key) for key in keys} for s, r in by_suite.items()},
            "compile": compiles,
            "left_out": self.left_out,
            "failures": self.failures,
        }


def summary(runs):
    return {"least": min(runs), "median": statistics.median(runs), "runs": runs}


def cpu_name():
    try:
        with open("/proc/cpuinfo", encoding="utf-8") as file:
            names = [line.split(":")[1].strip() for line in file if line.startswith("model name")]
        return names[0] if names else platform.machine()
    except OSError:
        return platform.machine()


def parse_options():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    size = parser.add_mutually_exclusive_group()
    size.add_argument("--quick", action="store_true", help="small sizes, two rounds, fewer columns")
    size.add_argument("--full", action="store_true", help="all suites and peers, five rounds, compile times")
    parser.add_argument("--suite", action="append", metavar="NAME", help=f"one of {', '.join(SUITES)}; repeatable")
    parser.add_argument("--only", action="append", default=[], metavar="NAME", help="one program; repeatable")
    parser.add_argument("--engine", action="append", metavar="NAME", help="native and this one; repeatable")
    parser.add_argument("--simd", action="store_true", help="wasm built with -msimd128, and the suite simd")
    parser.add_argument("--rounds", type=int, metavar="N", help="runs of each program (3)")
    parser.add_argument("--compile", action="store_true", help="compile times of the whole programs")
    parser.add_argument("-O", dest="level", choices=["0", "1", "2", "3", "s"], help="wasm2so's level")
    parser.add_argument("--extra", action="append", default=[], metavar="OPTION", help="passed on to wasm2so")
    parser.add_argument("--build", default=BUILD, metavar="DIR", help="build folder (build)")
    parser.add_argument("--clang", default="clang-19", metavar="CC", help="the compiler (clang-19)")
    parser.add_argument("-o", "--output", metavar="FILE", help="JSON (BUILD/bench/results.json)")
    return complete(parser, parser.parse_args())


def complete(parser, options):
    """Fills in what follows from other options, and refuses what cannot be."""
    options.rounds = options.rounds or (2 if options.quick else 5 if options.full else 3)
    options.scale = 25 if options.quick else 100
    options.compile = options.compile or options.full
    everything = [suite for suite in SUITES if options.simd or suite != "simd"]
    options.suites = options.suite or (everything if options.quick or options.full or options.only else ["kernels"])
    unknown = [suite for suite in options.suites if suite not in SUITES]
    if unknown:
        parser.error(f"no suite {unknown[0]}; there are: {' '.join(SUITES)}")
    if options.rounds < 1:
        parser.error("--rounds must be at least 1")
    if not installed(options.clang):
        parser.error(f"{options.clang} is not installed")
    return options


def main():
    options = parse_options()
    bench = Bench(options)
    if not bench.programs:
        sys.exit("run.py: no such program, or none that can be built here")
    report = bench.run_all()
    print_report(report)
    path = options.output or bench.shop.folder / "results.json"
    with open(path, "w", encoding="utf-8") as file:
        json.dump(report, file, indent=1)
        file.write("\n")
    print(f"\n{path}: written; {len(bench.failures)} failures")
    return 1 if bench.failures else 0


if __name__ == "__main__":
    sys.exit(main())
