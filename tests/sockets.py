#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
# Listening sockets given to programs: a guest (tests/guests/echo_server.c), run by wasm2so and as
# executables, with and without the sandbox, echoes what it is sent on loopback.
#   usage: sockets.py WASM2SO CLANG
# exit code 77: there is no C library for WASI here
import os
import re
import socket
import subprocess
import sys
import tempfile
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "support"))
from with_ports import reserve  # noqa: E402

WASM2SO, CLANG = os.path.abspath(sys.argv[1]), sys.argv[2]
SOURCE = os.path.join(HERE, "guests", "echo_server.c")
SYSROOT = os.environ.get("WASI_SYSROOT", "/usr")
ABSENT = "this kernel has neither"
checks = 0


def check(condition, *what):
    global checks
    checks += 1
    if not condition:
        print("FAILED:", *what)
        sys.exit(1)


def connect(family, address, process):
    """The program may not listen yet; when it has ended it never will."""
    while process.poll() is None:
        client = socket.socket(family)
        try:
            client.connect(address)
            return client
        except (ConnectionRefusedError, FileNotFoundError):
            client.close()
            time.sleep(0.01)
    return None


def talk(family, address, process, sizes):
    for size in sizes:
        client = connect(family, address, process)
        if client is None:
            return
        data = os.urandom(size)
        with client:
            client.sendall(data)
            client.shutdown(socket.SHUT_WR)
            back = b""
            while part := client.recv(65536):
                back += part
        check(back == data, f"{size} bytes sent, {len(back)} came back")


def expected(sizes, poll):
    lines = [f"listener: type 6, flags {4 if poll else 0}"]
    for size in sizes:
        lines += [f"connection: type 6, flags {4 if poll else 0}", f"echoed {size} bytes"]
    return "\n".join(lines) + "\n"


def serve(command, env, family, address, poll, sizes, what):
    process = subprocess.Popen(command, env=dict(os.environ, **env), stdout=subprocess.PIPE,
                               stderr=subprocess.PIPE, text=True)
    if address is None:  # port 0: wasm2so -v tells which
        line = process.stderr.readline()
        found = re.fullmatch(r"wasm2so: descriptor 4 listens on port (\d+)\n", line)
        check(found, what, "no port in", line)
        address = ("127.0.0.1", int(found[1]))
    talk(family, address, process, sizes)
    out, err = process.communicate()
    check(process.returncode == 0 and out == expected(sizes, poll), what, process.returncode, out, err)


def refused(command, text, env={}):
    done = subprocess.run(command, env=dict(os.environ, **env), capture_output=True, text=True)
    check(done.returncode != 0 and text in done.stderr, command, done.returncode, done.stderr)


def compile_to(name, *options):
    done = subprocess.run([WASM2SO, "compile", "echo.wasm", "-o", name, *options],
                          capture_output=True, text=True)
    if done.returncode and "no static runtime" in done.stderr:
        return None
    check(done.returncode == 0, done.stderr)
    return name


def sandboxed():
    """Whether the kernel has what the sandbox needs."""
    done = subprocess.run([WASM2SO, "run", "--sandbox", "empty.wat"], capture_output=True, text=True)
    return ABSENT not in done.stderr


def main():
    done = subprocess.run([CLANG, "--target=wasm32-wasi", f"--sysroot={SYSROOT}", "-O2", SOURCE, "-o",
                           "echo.wasm"], capture_output=True, text=True)
    if done.returncode:
        print("no C library for WASI:", done.stderr)
        sys.exit(77)
    with open("empty.wat", "w") as file:
        file.write("(module (func (export \"_start\")))")
    ways = [[]]
    if sandboxed():
        ways.append(["--sandbox"])
    else:
        print("left out: the sandbox,", ABSENT, "Landlock nor seccomp filters")
    so = compile_to("echo.so")
    sizes = [0, 5, 100000]
    for way in ways:
        for poll in [False, True]:
            guest = ["4", str(len(sizes))] + (["poll"] if poll else [])
            serve([WASM2SO, "run", so, "-v", "--dir", ".", "--tcp-listen", "127.0.0.1:0", *way, "--",
                   *guest], {}, socket.AF_INET, None, poll, sizes, f"run {way}")
    guest = ["3", "1"]
    try:
        keeper = reserve(socket.AF_INET6, "::1")
    except OSError as error:
        print("left out: IPv6,", error)
    else:
        port = keeper.getsockname()[1]
        serve([WASM2SO, "run", so, "--tcp-listen", f"[::1]:{port}", "--", *guest], {},
              socket.AF_INET6, ("::1", port), False, [10], "IPv6")
    for number, way in enumerate([[*way, *static] for way in ways for static in ([], ["--static"])]):
        exe = compile_to("./echo", "--emit", "exe", *way)
        if not exe:
            continue
        path = f"socket{number}"
        serve([exe, *guest], {"W2S_TCP_LISTEN": "unix:" + path}, socket.AF_UNIX, path, False, [300],
              f"executable {way}")
    keeper = reserve(socket.AF_INET, "127.0.0.1")
    port = keeper.getsockname()[1]
    baked = compile_to("./baked", "--emit", "exe", "--tcp-listen", f"localhost:{port}")
    serve([baked, *guest, "poll"], {}, socket.AF_INET, ("127.0.0.1", port), True, [10],
          "executable that has its address")
    refused([WASM2SO, "run", so, "--tcp-listen", "nowhere.invalid:80"], "neither HOST:PORT")
    for bad in ["127.0.0.1:65536", "127.0.0.1:", "127.0.0.1:1x", "[::1:80", "1.2.3:80", "unix:",
                "unix:" + "x" * 200, ":80", "[]:80"]:
        refused([WASM2SO, "run", so, "--tcp-listen", bad], "neither HOST:PORT")
    refused([WASM2SO, "run", so, "--tcp-listen", "unix:/nowhere/at/all"], "No such file")
    refused([WASM2SO, "run", so, "--tcp-listen", "80"], "bad argument '80'")
    refused([WASM2SO, "compile", "empty.wat", "--emit", "exe", "--tcp-listen", "localhost:0"],
            "does not import sock_accept")
    refused([WASM2SO, "compile", "empty.wat", "--tcp-listen", "localhost:0"], "--tcp-listen is for")
    subprocess.run([WASM2SO, "compile", "empty.wat", "--emit", "exe", "-o", "empty"], check=True)
    refused(["./empty"], "accepts no connections", {"W2S_TCP_LISTEN": "localhost:0"})
    print(f"sockets: {checks} checks passed")


with tempfile.TemporaryDirectory() as work:
    os.chdir(work)
    main()
