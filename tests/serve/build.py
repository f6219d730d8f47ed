# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
# The guests of the server's tests: from C to .so, in a folder.
import os
import subprocess

HERE = os.path.dirname(os.path.abspath(__file__))


# Why the server cannot be tested, or None.
def library_missing(wasm2so):
    library = os.path.join(os.path.dirname(os.path.abspath(wasm2so)), '../lib/libwasm2so_serve.so')
    if not os.path.exists(library):
        return 'built without libmicrohttpd, jansson or msgpack-c'
    return None


def compile_module(wasm2so, folder, name):
    for kind, options in ('', ['--interruptible']), ('-plain', []):
        subprocess.run([wasm2so, 'compile', os.path.join(folder, name + '.wasm'), *options,
                        '-o', os.path.join(folder, name + kind + '.so')], check=True)


def build_guest(wasm2so, clang, folder):
    subprocess.run([clang, '--target=wasm32', '-O2', '-nostdlib', '-fno-builtin', '-Wl,--no-entry',
                    os.path.join(HERE, 'guest.c'), '-o', os.path.join(folder, 'guest.wasm')], check=True)
    compile_module(wasm2so, folder, 'guest')


# False where there is no C library for WASI.
def build_program(wasm2so, clang, folder):
    built = subprocess.run([clang, '--target=wasm32-wasi', '--sysroot=/usr', '-O1', '-std=c17',
                            '-D_GNU_SOURCE', os.path.join(HERE, 'program.c'),
                            '-o', os.path.join(folder, 'program.wasm')], stderr=subprocess.DEVNULL)
    if built.returncode == 0:
        compile_module(wasm2so, folder, 'program')
    return built.returncode == 0
