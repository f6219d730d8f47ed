#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Runs a command with COUNT free TCP ports in W2S_PORTS.

    with_ports.py COUNT COMMAND [ARGUMENT...]

The command and all it starts inherit sockets that are bound to the ports and do not listen: nobody else
is given one of the ports meanwhile, while a server that sets SO_REUSEADDR, as servers do, can bind its
own socket beside (Linux).
"""
import os
import socket
import sys


def reserve(family=socket.AF_INET, host=""):
    """A socket that keeps its port."""
    keeper = socket.socket(family)
    keeper.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    keeper.bind((host, 0))
    return keeper


def main():
    keepers = [reserve() for _ in range(int(sys.argv[1]))]
    for keeper in keepers:
        keeper.set_inheritable(True)
    os.environ["W2S_PORTS"] = " ".join(str(keeper.getsockname()[1]) for keeper in keepers)
    os.execvp(sys.argv[2], sys.argv[2:])


if __name__ == "__main__":
    main()
