#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""The filter of examples/envoy in Envoy: as a native module, in Envoy's V8, and not there at all.

usage: run.py ENVOY FILTER.wasm LIBFILTER.so [--rounds N] [--seconds N]

One Envoy with one worker has a listener for each, which answers itself (no service behind it). wrk
asks one after the other, round by round; what is printed are the medians: requests a second, the
99th percentile of latency, and processor time of Envoy a request, which other work on the machine
disturbs least.
"""
import argparse
import os
import pathlib
import re
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request

LISTENER = """
  - name: {name}
    address:
      socket_address: {{ address: 127.0.0.1, port_value: {port} }}
    filter_chains:
    - filters:
      - name: envoy.filters.network.http_connection_manager
        typed_config:
          "@type": type.googleapis.com/envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager
          stat_prefix: {name}
          route_config:
            virtual_hosts:
            - name: all
              domains: ["*"]
              routes:
              - match: {{ prefix: "/" }}
                direct_response: {{ status: 200, body: {{ inline_string: "well" }} }}
          http_filters:{filter}
          - name: envoy.filters.http.router
            typed_config:
              "@type": type.googleapis.com/envoy.extensions.filters.http.router.v3.Router
"""
NATIVE = """
          - name: filter
            typed_config:
              "@type": type.googleapis.com/envoy.extensions.filters.http.dynamic_modules.v3.DynamicModuleFilter
              dynamic_module_config: {{ name: filter }}
              filter_name: prime_auth
"""
V8 = """
          - name: envoy.filters.http.wasm
            typed_config:
              "@type": type.googleapis.com/envoy.extensions.filters.http.wasm.v3.Wasm
              config:
                name: prime_auth
                root_id: prime_auth
                vm_config:
                  runtime: envoy.wasm.runtime.v8
                  code: {{ local: {{ filename: {wasm} }} }}
"""


def free_port():
    with socket.create_server(("127.0.0.1", 0)) as server:
        return server.getsockname()[1]


def configuration(ports, admin, wasm):
    filters = {"none": "", "native": NATIVE.format(), "v8": V8.format(wasm=wasm)}
    text = f"admin:\n  address:\n    socket_address: {{ address: 127.0.0.1, port_value: {admin} }}\n"
    text += "static_resources:\n  listeners:"
    return text + "".join(
        LISTENER.format(name=name, port=ports[name], filter=filters[name]) for name in ports)


def wait_ready(envoy, admin):
    while True:
        if envoy.poll() is not None:
            sys.exit("Envoy ended: see envoy.log")
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{admin}/ready") as answer:
                if answer.read().strip() == b"LIVE":
                    return
        except OSError:
            time.sleep(0.1)


def cpu_seconds(pid):
    fields = pathlib.Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def milliseconds(text):
    number, unit = re.fullmatch(r"([\d.]+)(us|ms|s)", text).groups()
    return float(number) * {"us": 0.001, "ms": 1, "s": 1000}[unit]


def measure(envoy, port, seconds):
    before = cpu_seconds(envoy.pid)
    out = subprocess.run(["wrk", "-t1", "-c16", f"-d{seconds}s", "--latency",
                          f"http://127.0.0.1:{port}/"], capture_output=True, text=True, check=True).stdout
    used = cpu_seconds(envoy.pid) - before
    if "Non-2xx" in out:
        sys.exit("errors:\n" + out)
    requests = int(re.search(r"(\d+) requests in", out).group(1))
    rate = float(re.search(r"Requests/sec:\s+([\d.]+)", out).group(1))
    p99 = milliseconds(re.search(r"^ +99% +(\S+)", out, re.M).group(1))
    return rate, p99, used / requests * 1e6


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("envoy")
    parser.add_argument("wasm")
    parser.add_argument("module")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=int, default=3)
    args = parser.parse_args()
    if not shutil.which("wrk"):
        sys.exit("no wrk (Debian: apt install wrk)")
    ports = {name: free_port() for name in ("none", "native", "v8")}
    admin = free_port()
    results = {name: [] for name in ports}
    with tempfile.TemporaryDirectory() as folder:
        shutil.copy(args.module, f"{folder}/libfilter.so")
        pathlib.Path(f"{folder}/envoy.yaml").write_text(
            configuration(ports, admin, os.path.abspath(args.wasm)))
        with open("envoy.log", "w") as log:
            envoy = subprocess.Popen(
                [args.envoy, "-c", f"{folder}/envoy.yaml", "--concurrency", "1", "-l", "warning",
                 "--use-dynamic-base-id"], stdout=log, stderr=log,
                env=dict(os.environ, ENVOY_DYNAMIC_MODULES_SEARCH_PATH=folder))
        try:
            wait_ready(envoy, admin)
            for number in range(args.rounds + 1):  # the first warms up
                for name, port in ports.items():
                    result = measure(envoy, port, args.seconds if number else 1)
                    if number:
                        results[name].append(result)
        finally:
            envoy.terminate()
            envoy.wait()
    print("| filter | requests/s | p99, ms | processor time a request, us |\n|---|---|---|---|")
    for name, rounds in results.items():
        rate, p99, cpu = (statistics.median(column) for column in zip(*rounds))
        print(f"| {name} | {rate:.0f} | {p99:.2f} | {cpu:.1f} |")


if __name__ == "__main__":
    main()
