#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Requests a second, latency, processor time and memory of `wasm2so serve`, beside wasmtime (wasmtime/,
built by cargo in the build folder, which takes minutes once) and node (server.mjs) doing the same, under
wrk on the same machine. The servers take turns, so that what else the machine does meets all of them; the
median of the rounds counts. Processor time a request is the figure that depends least on it.

    run.py [--build DIR] [--seconds N] [--rounds N] [--connections N] [--json FILE]
"""
import argparse
import json
import os
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent.parent / "tests/serve"))
sys.path.insert(0, str(HERE.parent.parent / "tests/support"))
import build as guests  # noqa: E402
from with_ports import reserve  # noqa: E402

TICKS = os.sysconf("SC_CLK_TCK")
UNITS = {"us": 1e-3, "ms": 1, "s": 1e3}
POST = 'wrk.method = "POST"\nwrk.body = "name=foo"\n'


class Server:
    def __init__(self, name, command):
        self.keeper = reserve(host="127.0.0.1")
        self.name, self.port, self.rounds = name, self.keeper.getsockname()[1], []
        command = [str(part).replace("PORT", str(self.port)) for part in command]
        self.process = subprocess.Popen(command, stderr=subprocess.DEVNULL)
        while self.process.poll() is None:
            try:
                if self.ask() == b"true":
                    return
            except OSError:
                time.sleep(0.05)
        raise RuntimeError(f"{name} has ended")

    def ask(self):
        url = f"http://127.0.0.1:{self.port}/"
        return urllib.request.urlopen(url, data=b"name=foo").read()

    def seconds_used(self):
        with open(f"/proc/{self.process.pid}/stat", encoding="ascii") as file:
            fields = file.read().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / TICKS

    def resident(self):
        with open(f"/proc/{self.process.pid}/status", encoding="ascii") as file:
            return int(re.search(r"VmHWM:\s+(\d+) kB", file.read()).group(1)) / 1024

    def round(self, script, seconds, connections):
        before = self.seconds_used()
        said = subprocess.run(
            ["wrk", "-t1", f"-c{connections}", f"-d{seconds}s", "--latency", "-s", script,
             f"http://127.0.0.1:{self.port}/"], capture_output=True, text=True, check=True).stdout
        used = self.seconds_used() - before
        if "Non-2xx" in said or "Socket errors" in said:
            raise RuntimeError(f"{self.name}: {said}")
        requests = int(re.search(r"(\d+) requests in", said).group(1))
        self.rounds.append({
            "rate": float(re.search(r"Requests/sec:\s+([\d.]+)", said).group(1)),
            "p50": latency(said, 50), "p99": latency(said, 99), "cpu": used / requests * 1e6})

    def figures(self):
        row = {key: statistics.median(r[key] for r in self.rounds) for key in self.rounds[0]}
        return {"name": self.name, **row, "memory": self.resident()}


def latency(said, percent):
    value, unit = re.search(rf"\s{percent}%\s+([\d.]+)(us|ms|s)\n", said).groups()
    return float(value) * UNITS[unit]


def wasmtime(folder):
    """The peer's program, or None. It is built beside a copy of its source."""
    if not shutil.which("cargo"):
        print("without wasmtime: no cargo", file=sys.stderr)
        return None
    shutil.copytree(HERE / "wasmtime", folder, dirs_exist_ok=True)
    if subprocess.run(["cargo", "build", "--quiet", "--release"], cwd=folder, check=False).returncode != 0:
        print("without wasmtime: cargo cannot build it", file=sys.stderr)
        return None
    return folder / "target/release/serve-wasmtime"


def servers(build, work):
    wasm, compiled = f"{work}/guest.wasm", f"{work}/guest.so"
    yield "wasm2so serve", [f"{build}/bin/wasm2so", "serve", compiled, "--listen", "127.0.0.1:PORT"]
    peer = wasmtime(Path(build, "bench/serve-wasmtime"))
    if peer:
        yield "wasmtime, hyper, an instance a request", [peer, wasm, "PORT"]
    if shutil.which("node"):
        yield "node, an instance a request", ["node", HERE / "server.mjs", wasm, "PORT", "fresh"]
        yield "node, one instance for all", ["node", HERE / "server.mjs", wasm, "PORT", "kept"]


def measure(args, work):
    script = f"{work}/post.lua"
    Path(script).write_text(POST, encoding="ascii")
    running = []
    try:
        for name, command in servers(args.build, work):
            running.append(Server(name, command))
        for number in range(args.rounds + 1):
            for server in running:
                server.round(script, args.seconds if number else 1, args.connections)
        for server in running:
            del server.rounds[0]  # warming up
        return [server.figures() for server in running]
    finally:
        for server in running:
            server.process.terminate()
            server.process.wait()


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("--build", default=str(HERE.parent.parent / "build"))
    parser.add_argument("--seconds", type=int, default=3)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--connections", type=int, default=16)
    parser.add_argument("--json")
    args = parser.parse_args()
    if not shutil.which("wrk"):
        sys.exit("run.py: no wrk (Debian: wrk)")
    with tempfile.TemporaryDirectory() as work:
        guests.build_guest(f"{args.build}/bin/wasm2so", "clang-19", work)
        rows = measure(args, work)
    print("| server | requests/s | p50 ms | p99 ms | processor us a request | memory MB |")
    print("|---|--:|--:|--:|--:|--:|")
    for row in rows:
        print("| {name} | {rate:.0f} | {p50:.2f} | {p99:.2f} | {cpu:.1f} | {memory:.0f} |".format(**row))
    if args.json:
        Path(args.json).write_text(json.dumps(rows, indent=1) + "\n", encoding="ascii")


if __name__ == "__main__":
    main()
