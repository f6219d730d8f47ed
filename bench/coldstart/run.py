#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Cold starts: from nothing, from a loaded module and from a pool to a result (coldstart.c), beside
wasmtime where its Python package can be had.

    run.py [--json FILE] [MODULE...]      modules: empty, data (64 KiB, one page written), large
"""
import argparse
import json
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent))
import workshop  # noqa: E402

BUILD = Path(workshop.BUILD).resolve()
FLAGS = ["-std=c17", "-D_GNU_SOURCE", "-O2", "-g", "-Wall", "-Wextra"]


def letters(count):
    """That many bytes of data, none of them zero."""
    return "".join(f"\\{i % 251 + 1:02x}" for i in range(count))


def empty():
    return '(module (func (export "run") (result i32) (i32.const 42)))'


def counter(at):
    """Writes one page; the result is 42 only if nobody wrote there before."""
    first = int.from_bytes(bytes(i % 251 + 1 for i in range(at, at + 4)), "little")
    return f"""(i32.store (i32.const {at}) (i32.add (i32.load (i32.const {at})) (i32.const 42)))
        (i32.sub (i32.load (i32.const {at})) (i32.const {first}))"""


def data():
    return f"""(module (memory (export "memory") 2) (data (i32.const 0) "{letters(65536)}")
        (func (export "run") (result i32) {counter(4000)}))"""


def large():
    """The size of an interpreter: functions in a table that is exported, data, globals."""
    count, size = 3000, 256 * 1024
    functions = "\n".join(
        f"(func $f{i} (param i32) (result i32) (i32.mul (i32.add (local.get 0) (i32.const {i})) (i32.const {i | 1})))"
        for i in range(count)
    )
    names = " ".join(f"$f{i}" for i in range(count))
    return f"""(module (memory (export "memory") 256) (data (i32.const 1024) "{letters(size)}")
        (table (export "table") {count} funcref) (elem (i32.const 0) func {names})
        (global $sp (mut i32) (i32.const 65536)) {functions}
        (func (export "run") (result i32)
          (global.set $sp (i32.sub (global.get $sp) (i32.const 16)))
          (i32.store (i32.const 1000000) (i32.add (i32.load (i32.const 1000000)) (i32.const 42)))
          (i32.load (i32.const 1000000))))"""


MODULES = {"empty": empty, "data": data, "large": large}


def library():
    """wasmtime's shared library, or None."""
    try:
        python = workshop.Workshop(BUILD, None).venv("wasmtime")
        code = "import wasmtime, pathlib; print(next(pathlib.Path(wasmtime.__file__).parent.rglob('_libwasmtime.so')))"
        return subprocess.run([python, "-c", code], check=True, capture_output=True, text=True).stdout.strip()
    except (workshop.Missing, OSError, subprocess.CalledProcessError) as error:
        print(f"coldstart: without wasmtime: {error}", file=sys.stderr)
        return None


def build(folder):
    program = folder / "coldstart"
    include = HERE.parents[1] / "runtime" / "include"
    lib = BUILD / "lib"
    subprocess.run(
        ["cc", *FLAGS, f"-I{include}", HERE / "coldstart.c", HERE / "peer.c", "-o", program, f"-L{lib}",
         "-lwasm2so_rt", "-ldl", "-lpthread", f"-Wl,-rpath,{lib}"],
        check=True,
    )
    return program


def measure(program, folder, name, peer):
    text, artifact = folder / f"{name}.wat", folder / f"{name}.so"
    text.write_text(MODULES[name]())
    subprocess.run([BUILD / "bin" / "wasm2so", "compile", text, "-o", artifact], check=True)
    command = [program, artifact, text] + ([peer, folder / f"{name}.cwasm"] if peer else [])
    return json.loads(subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("modules", nargs="*", choices=[[], *MODULES], help="default: all")
    parser.add_argument("--json", metavar="FILE", help="write the figures there")
    options = parser.parse_args()
    names = options.modules or list(MODULES)
    folder = BUILD / "bench" / "coldstart"
    folder.mkdir(parents=True, exist_ok=True)
    program, peer = build(folder), library()
    figures = {name: measure(program, folder, name, peer) for name in names}
    rows = [row for row in figures[names[0]] if row != "peer"]
    print(f"{'microseconds, if not said otherwise':40}" + "".join(f"{name:>12}" for name in names))
    for row in rows:
        print(f"{row:40}" + "".join(f"{figures[name][row]:12.6g}" for name in names))
    if options.json:
        Path(options.json).write_text(json.dumps(figures, indent=1) + "\n")


if __name__ == "__main__":
    main()
