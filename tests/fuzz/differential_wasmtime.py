# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Runs the exports t0, t1, ... of each module and prints one line a module: what differential_run.c prints, by
wasmtime. For a Python that has the package wasmtime. Prints nothing for modules with shared memories, whose
bytes the package does not show.

    differential_wasmtime.py [--deterministic] MODULE...
"""
import re
import sys

import wasmtime

KINDS = [(r"cast failure", "cast failure"), (r"null \w*\s?reference", "null reference"),
         (r"out of bounds array access", "out of bounds array access"),
         (r"out of bounds memory access", "out of bounds memory access"), (r"divide by zero", "integer divide by zero"),
         (r"integer overflow|invalid conversion", "integer overflow"), (r"unreachable", "unreachable"),
         (r"table|uninitialized element|indirect call", "table"), (r"unaligned", "unaligned atomic"),
         (r"call stack", "call stack exhausted"), (r"thrown", "unhandled exception")]


def kind_of(error):
    for pattern, kind in KINDS:
        if re.search(pattern, str(error)):
            return kind
    return repr(str(error))


def value_of(memory, store):
    size = memory.data_len(store) // 4 * 4
    return int.from_bytes(memory.read(store, 0, size), "little") % 4294967291


def hash_of(exports, store):
    value = value_of(exports["memory"], store)
    if "memory1" in exports:
        value = 31 * value + value_of(exports["memory1"], store)
    return value % (1 << 32)


def run(engine, file):
    with open(file, "rb") as data:
        module = wasmtime.Module(engine, data.read())
    if any(isinstance(export.type, wasmtime.MemoryType) and export.type.is_shared for export in module.exports):
        return
    words, exports = [], None
    for name in (export.name for export in module.exports):
        if not re.fullmatch(r"t\d+", name):
            continue
        if exports is None:
            store = wasmtime.Store(engine)
            try:
                exports = wasmtime.Instance(store, module, []).exports(store)
            except (wasmtime.Trap, wasmtime.WasmtimeError) as error:
                words = [f"start={kind_of(error).replace(' ', '_')}:0"]
                break
        kind = "ok"
        try:
            exports[name](store)
        except (wasmtime.Trap, wasmtime.WasmtimeError) as error:
            kind = kind_of(error)
        words.append(f"{name}={kind.replace(' ', '_')}:{hash_of(exports, store):08x}")
        if kind != "ok":
            exports = None
    print(file, "wasmtime", *words)


def main():
    config = wasmtime.Config()
    for name in ("multi_memory", "memory64", "tail_call", "exceptions", "function_references", "gc", "threads",
                 "custom_page_sizes", "wide_arithmetic", "simd", "relaxed_simd"):
        setattr(config, "wasm_" + name, True)
    deterministic = sys.argv[1] == "--deterministic"
    config.cranelift_nan_canonicalization = deterministic
    config.wasm_relaxed_simd_deterministic = deterministic
    engine = wasmtime.Engine(config)
    for file in sys.argv[1 + deterministic:]:
        run(engine, file)


main()
