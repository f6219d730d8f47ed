#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Runs the kernels of bench/kernels natively, through wasm2so and through its peers.

Native code and wasm come from the same source, compiler and flags. Runs are interleaved, so that a
busy machine slows all engines alike; what counts is user + system time of the child process, less what
the engine's start takes (a run of scale 0, shown as its own row). Outputs must be equal. A peer that is not installed is a line in the report, not an error.
Exit code 1: an output differs or a build fails.
"""
import argparse
import json
import math
import os
import platform
import shutil
import statistics
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent
WASMTIME = "wasmtime==50.0.1"
CFLAGS = ["-std=c17", "-O3", "-ffp-contract=off", "-fno-math-errno"]
WASM_FLAGS = ["--target=wasm32-wasi", "--sysroot=/usr"]
LEVELS = [0, 1, 2, 3]
IDLE = "intmix"  # with scale 0 it does nothing but start, print and end


class Failure(Exception):
    """A build or a run that went wrong; the text says which."""


class Run:
    """One finished child process: its output, exit code, seconds and peak memory."""

    def __init__(self, command, capture):
        command = [str(part) for part in command]
        with open(capture, "wb") as out:
            child = subprocess.Popen(command, stdout=out, stderr=subprocess.PIPE)
            self.errors = child.stderr.read().decode(errors="replace").strip()
            _, status, usage = os.wait4(child.pid, 0)
            child.returncode = os.waitstatus_to_exitcode(status)
        self.command = command
        self.code = child.returncode
        self.seconds = usage.ru_utime + usage.ru_stime
        self.peak_kib = usage.ru_maxrss
        self.output = Path(capture).read_bytes()

    def check(self):
        if self.code != 0:
            why = self.errors.splitlines()[:1] or ["no message"]
            raise Failure(f"{' '.join(self.command)}: exit code {self.code}: {why[0]}")
        return self


class Engine:
    """A way to run a program. prepare() makes what run_command() needs; missing() says why not."""

    name = ""

    def __init__(self, bench):
        self.bench = bench

    def missing(self):
        return None

    def artifact(self, kernel, suffix):
        return self.bench.folder / f"{kernel}.{suffix}"

    def prepare(self, kernel):
        pass

    def run_command(self, kernel):
        raise NotImplementedError


class Native(Engine):
    def __init__(self, bench, name="native", flags=()):
        super().__init__(bench)
        self.name = name
        self.flags = flags

    def prepare(self, kernel):
        self.bench.clang(kernel, self.artifact(kernel, self.name), self.flags)

    def run_command(self, kernel):
        return [self.artifact(kernel, self.name)]


class Wasm2so(Engine):
    def __init__(self, bench, name, cpu):
        super().__init__(bench)
        self.name = name
        self.cpu = cpu

    def missing(self):
        tool = self.bench.tool
        return None if os.access(tool, os.X_OK) else f"{tool} is not built"

    def compile_command(self, kernel, output, level):
        command = [self.bench.tool, "compile", self.bench.wasm(kernel), "-o", output]
        command += ["--cpu", self.cpu, "-j", "1"]
        return command + ([f"-O{level}"] if level is not None else [])

    def prepare(self, kernel):
        output = self.artifact(kernel, f"{self.name}.so")
        self.bench.run(self.compile_command(kernel, output, self.bench.options.level))

    def run_command(self, kernel):
        return [self.bench.tool, "run", self.artifact(kernel, f"{self.name}.so"), "--"]


class Wasmtime(Engine):
    name = "wasmtime"

    def __init__(self, bench):
        super().__init__(bench)
        self.python = bench.folder / "venv" / "bin" / "python"
        self.script = HERE / "run_wasmtime.py"

    def missing(self):
        if self.importable():
            return None
        try:
            venv = self.bench.folder / "venv"
            quiet = {"check": True, "stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
            subprocess.run([sys.executable, "-m", "venv", str(venv)], **quiet)
            subprocess.run([str(self.python), "-m", "pip", "install", WASMTIME], **quiet)
        except (OSError, subprocess.CalledProcessError):
            return f"pip cannot install {WASMTIME}"
        return None if self.importable() else "the package does not load"

    def importable(self):
        if not self.python.exists():
            return False
        probe = subprocess.run([str(self.python), "-c", "import wasmtime"], stderr=subprocess.DEVNULL)
        return probe.returncode == 0

    def compile_command(self, kernel, output):
        return [self.python, self.script, "compile", self.bench.wasm(kernel), output]

    def prepare(self, kernel):
        self.bench.run(self.compile_command(kernel, self.artifact(kernel, "cwasm")))

    def run_command(self, kernel):
        return [self.python, self.script, "run", self.artifact(kernel, "cwasm")]


class Node(Engine):
    name = "node"

    def missing(self):
        return None if shutil.which("node") else "node is not installed"

    def run_command(self, kernel):
        return ["node", "--no-warnings", HERE / "run_node.js", self.bench.wasm(kernel)]


class Bench:
    """The options, the folder of products, and the steps."""

    def __init__(self, options):
        self.options = options
        self.build = Path(options.build).resolve()
        self.folder = self.build / "bench"
        self.folder.mkdir(parents=True, exist_ok=True)
        self.tool = self.build / "bin" / "wasm2so"
        self.failures = []
        self.sources = HERE / ("simd" if options.simd else "kernels")
        self.kernels = self.choose_kernels()
        self.engines = self.choose_engines()

    def choose_kernels(self):
        kernels = sorted(path.stem for path in self.sources.glob("*.c"))
        unknown = set(self.options.only) - set(kernels)
        if unknown:
            sys.exit(f"run.py: no kernel {', '.join(sorted(unknown))}; there are: {' '.join(kernels)}")
        return self.options.only or kernels

    def choose_engines(self):
        native_flags = ("-msse4.1",) if self.options.simd and platform.machine() == "x86_64" else ()
        engines = [Native(self, "native", native_flags)]
        engines += [Native(self, "native-march", ("-march=native",))]
        engines += [Wasm2so(self, "wasm2so", "native"), Wasm2so(self, "wasm2so-generic", "generic")]
        engines += [Wasmtime(self), Node(self)]
        if self.options.quick:
            engines = [e for e in engines if e.name not in ("native-march", "wasm2so-generic")]
        there = []
        for engine in engines:
            reason = engine.missing()
            if reason:
                print(f"{engine.name}: left out: {reason}")
            else:
                there.append(engine)
        return there

    def run(self, command):
        return Run(command, self.folder / "output.txt").check()

    def wasm(self, kernel):
        return self.folder / f"{kernel}.wasm"

    def clang(self, kernel, output, flags):
        source = (HERE / "kernels" if kernel == IDLE else self.sources) / f"{kernel}.c"
        self.run([self.options.clang, *CFLAGS, *flags, source, "-o", output, "-lm"])

    def prepare(self, kernel):
        """The engines that can run the kernel; what fails is recorded."""
        simd = ["-msimd128"] if self.options.simd else []
        self.clang(kernel, self.wasm(kernel), WASM_FLAGS + simd)
        ready = []
        for engine in self.engines:
            try:
                engine.prepare(kernel)
                ready.append(engine)
            except Failure as failure:
                self.fail(f"{kernel}: {engine.name}: {failure}")
        return ready

    def fail(self, text):
        self.failures.append(text)
        print(f"FAILED {text}", flush=True)

    def measure(self, kernel):
        """{engine: {least, median, runs}} of one kernel, rounds interleaved."""
        engines = self.prepare(kernel)
        times, expected = {}, None
        for _ in range(self.options.rounds):
            for engine in list(engines):
                try:
                    run = self.run(engine.run_command(kernel) + [self.options.scale])
                except Failure as failure:
                    self.fail(f"{kernel}: {engine.name}: {failure}")
                    engines.remove(engine)
                    continue
                expected = run.output if expected is None else expected
                if run.output != expected:
                    self.fail(f"{kernel}: {engine.name}: output {run.output!r}, not {expected!r}")
                    engines.remove(engine)
                    continue
                times.setdefault(engine.name, []).append(run.seconds)
        names = [engine.name for engine in engines]
        return {name: summary(times[name]) for name in names}

    def measure_start(self):
        """{engine: seconds} of starting and ending, least of the rounds."""
        engines, starts = self.prepare(IDLE), {}
        for _ in range(max(self.options.rounds, 5)):
            for engine in list(engines):
                try:
                    seconds = self.run(engine.run_command(IDLE) + ["0"]).seconds
                except Failure as failure:
                    self.fail(f"start: {engine.name}: {failure}")
                    engines.remove(engine)
                    continue
                starts[engine.name] = min(seconds, starts.get(engine.name, seconds))
        return starts

    def measure_compile(self, kernel):
        """{way to compile: {seconds, peak_kib}}: least of the rounds."""
        ways, output = {}, self.folder / "compile.out"
        for engine in self.engines:
            if engine.name == "wasm2so":
                for level in LEVELS:
                    ways[f"wasm2so -O{level}"] = engine.compile_command(kernel, output, level)
            elif engine.name == "wasmtime":
                ways["wasmtime"] = engine.compile_command(kernel, output)
        results = {}
        for _ in range(min(self.options.rounds, 3)):
            for way, command in ways.items():
                try:
                    run = self.run(command)
                except Failure as failure:
                    self.fail(f"{kernel}: {way}: {failure}")
                    continue
                # The script prints what the compile alone took, without the interpreter's start.
                seconds = float(run.output) if way == "wasmtime" else run.seconds
                best = results.setdefault(way, {"seconds": seconds, "peak_kib": run.peak_kib})
                best["seconds"] = min(best["seconds"], seconds)
                best["peak_kib"] = min(best["peak_kib"], run.peak_kib)
        return results


def summary(runs):
    return {"least": min(runs), "median": statistics.median(runs), "runs": runs}


def geomean(values):
    return math.exp(sum(math.log(value) for value in values) / len(values))


def ratios(result, starts, key):
    """Each engine's net time as a multiple of native's; {} when native is missing."""
    net = {name: max(times[key] - starts.get(name, 0), 1e-4) for name, times in result.items()}
    return {name: time / net["native"] for name, time in net.items()} if "native" in net else {}


def print_times(results, starts, engines, key):
    names = [engine.name for engine in engines]
    print(f"\nuser + system time without start-up, multiple of native, {key} of the runs")
    print("| program | native s | " + " | ".join(names) + " |")
    print("|---|--:|" + "--:|" * len(names))
    columns = {name: [] for name in names}
    for kernel, result in results.items():
        ratio = ratios(result, starts, key)
        for name, value in ratio.items():
            columns[name].append(value)
        cells = [f"{ratio[name]:.2f}" if name in ratio else "-" for name in names]
        seconds = f"{result['native'][key]:.3f}" if "native" in result else "-"
        print(f"| {kernel} | {seconds} | " + " | ".join(cells) + " |")
    means = {name: geomean(values) for name, values in columns.items() if values}
    cells = [f"**{means[name]:.2f}**" if name in means else "-" for name in names]
    print("| **geomean** | | " + " | ".join(cells) + " |")
    cells = [f"{1000 * starts[name]:.1f} ms" if name in starts else "-" for name in names]
    print("| start-up | | " + " | ".join(cells) + " |")
    return means


def print_compile(compiles, sizes):
    ways = list(dict.fromkeys(way for result in compiles.values() for way in result))
    print("\ncompile time on one core (user + system; wasmtime: wall, its interpreter not counted)")
    print("| module | KiB | " + " | ".join(ways) + " |")
    print("|---|--:|" + "--:|" * len(ways))
    for kernel, result in compiles.items():
        cells = []
        for way in ways:
            value = result.get(way)
            text = f"{value['seconds']:.2f} s, {value['peak_kib'] / 1024:.0f} MiB" if value else "-"
            cells.append(text)
        print(f"| {kernel} | {sizes[kernel] // 1024} | " + " | ".join(cells) + " |")


def parse_options():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    size = parser.add_mutually_exclusive_group()
    size.add_argument("--quick", action="store_true", help="two short rounds, fewer columns")
    size.add_argument("--full", action="store_true", help="nine rounds, compile times of all kernels")
    parser.add_argument("--only", action="append", default=[], metavar="NAME", help="one kernel; repeatable")
    parser.add_argument("--simd", action="store_true", help="the kernels of bench/simd: -msimd128, -msse4.1")
    parser.add_argument("--rounds", type=int, metavar="N", help="runs of each program (5)")
    parser.add_argument("-O", dest="level", choices=["0", "1", "2", "3", "s"], help="wasm2so's level")
    parser.add_argument("--build", default=ROOT / "build", metavar="DIR", help="build folder (build)")
    parser.add_argument("--clang", default="clang-19", metavar="CC", help="the compiler (clang-19)")
    options = parser.parse_args()
    options.rounds = options.rounds or (2 if options.quick else 9 if options.full else 5)
    options.scale = 25 if options.quick else 100
    if options.rounds < 1:
        parser.error("--rounds must be at least 1")
    if not shutil.which(options.clang):
        parser.error(f"{options.clang} is not installed")
    return options


def main():
    options = parse_options()
    bench = Bench(options)
    results, compiles, sizes = {}, {}, {}
    starts = bench.measure_start()
    for kernel in bench.kernels:
        try:
            results[kernel] = bench.measure(kernel)
        except Failure as failure:
            bench.fail(f"{kernel}: {failure}")
            continue
        shown = "  ".join(f"{name} {t['least']:.3f}" for name, t in results[kernel].items())
        print(f"{kernel}: {shown}", flush=True)
    for kernel in results if options.full or options.only else list(results)[-2:]:
        compiles[kernel] = bench.measure_compile(kernel)
        sizes[kernel] = bench.wasm(kernel).stat().st_size
    means = {key: print_times(results, starts, bench.engines, key) for key in ("least", "median")}
    print_compile(compiles, sizes)
    report = {
        "rounds": options.rounds,
        "scale": options.scale,
        "level": options.level,
        "start": starts,
        "kernels": results,
        "geomean": means,
        "compile": compiles,
        "failures": bench.failures,
    }
    path = bench.build / "bench.json"
    path.write_text(json.dumps(report, indent=1) + "\n")
    print(f"\n{path}: written; {len(bench.failures)} failures")
    return 1 if bench.failures else 0


if __name__ == "__main__":
    sys.exit(main())
