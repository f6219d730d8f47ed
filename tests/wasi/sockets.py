#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
# The other side of sockets.c: starts COMMAND with a listening socket as standard input, connects
# twice and talks. What differs from the script below is printed as a failed check.
#   usage: sockets.py FOLDER COMMAND...
import os
import socket
import subprocess
import sys


def expect(what, want, got):
    if want != got:
        print(f"FAILED sockets.py: {what}: want {want!r}, got {got!r}")
        sys.exit(1)


def main():
    path = os.path.join(sys.argv[1], "socket")
    listener = socket.socket(socket.AF_UNIX)
    listener.bind(path)
    listener.listen(4)
    guest = subprocess.Popen(sys.argv[2:], stdin=listener)
    first = socket.socket(socket.AF_UNIX)
    first.connect(path)
    second = socket.socket(socket.AF_UNIX)
    second.connect(path)
    first.sendall(b"ping")
    expect("answer", b"pong", first.recv(4, socket.MSG_WAITALL))
    first.sendall(b"abc")
    first.sendall(b"def")
    expect("end", b"end", first.recv(100, socket.MSG_WAITALL))
    first.close()
    sys.exit(guest.wait())


main()
