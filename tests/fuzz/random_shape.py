# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""What the shapes of code have in common that random functions are made of."""


class Shape:
    """Part of a function (random_module.Function), into which it emits instructions. code, leb and i32 give
    the bytes of an instruction by name, of a number, and of a constant.
    """

    def __init__(self, function, code, leb, i32):
        self.f, self.r = function, function.r
        self.code, self.leb, self.i32 = code, leb, i32

    def emit(self, *parts):
        self.f.emit(*parts)

    def get(self, local):
        self.emit(b"\x20", local)

    def set(self, local):
        self.emit(b"\x21", local)
