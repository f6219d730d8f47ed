# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Compiles or runs one WASI command with the wasmtime package.

    run_wasmtime.py compile FILE.wasm OUTPUT     precompile, print the seconds it took
    run_wasmtime.py run OUTPUT [ARGUMENT...]     run what was precompiled
"""
import sys
import time

import wasmtime


def compile_module(source, output):
    config = wasmtime.Config()
    config.parallel_compilation = False
    with open(source, "rb") as file:
        wasm = file.read()
    engine = wasmtime.Engine(config)
    begin = time.perf_counter()
    artifact = wasmtime.Module(engine, wasm).serialize()
    print(time.perf_counter() - begin)
    with open(output, "wb") as file:
        file.write(artifact)
    return 0


def run_module(artifact, args):
    config = wasmtime.Config()
    config.parallel_compilation = False
    engine = wasmtime.Engine(config)
    module = wasmtime.Module.deserialize_file(engine, artifact)
    store = wasmtime.Store(engine)
    wasi = wasmtime.WasiConfig()
    wasi.argv = [artifact, *args]
    wasi.inherit_stdout()
    wasi.inherit_stderr()
    store.set_wasi(wasi)
    linker = wasmtime.Linker(engine)
    linker.define_wasi()
    start = linker.instantiate(store, module).exports(store)["_start"]
    try:
        start(store)
    except wasmtime.ExitTrap as trap:
        return trap.code
    return 0


def main():
    command = sys.argv[1] if len(sys.argv) > 1 else ""
    if command == "compile" and len(sys.argv) == 4:
        return compile_module(sys.argv[2], sys.argv[3])
    if command == "run" and len(sys.argv) >= 3:
        return run_module(sys.argv[2], sys.argv[3:])
    print(__doc__, file=sys.stderr)
    return 2


sys.exit(main())
