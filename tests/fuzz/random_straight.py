# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Random straight code with more values than there are registers, for random_module.py, whose Function it
extends: what the compiler puts into another order (codegen/passes/order.c), or into vector registers (bitwise.c).

Up to forty words are computed from each other for some rounds, as in a cipher. Now and then one is loaded,
stored, or loaded for nothing, near each other and at times near the end of the memory or beyond it; in the end
some are stored and all go into an ordinary local. A third of the time all are loaded and changed in turns, bit by
bit only.
"""

from random_shape import Shape

BINARY = {"i": ["i32_add", "i32_sub", "i32_xor", "i32_and", "i32_or", "i32_mul", "i32_shl", "i32_shr_u", "i32_rotl"],
          "l": ["i64_add", "i64_sub", "i64_xor", "i64_and", "i64_or", "i64_mul", "i64_shl", "i64_shr_u", "i64_rotl"]}
BITWISE = {"i": ["i32_xor", "i32_and", "i32_or"], "l": ["i64_xor", "i64_and", "i64_or"]}
SHIFTED = {"i": ["i32_rotl", "i32_rotr", "i32_shr_u"], "l": ["i64_rotl", "i64_rotr", "i64_shl"]}
LOAD = {"i": "i32_load", "l": "i64_load"}
STORE = {"i": "i32_store", "l": "i64_store"}
STARTS = [0, 4, 64, 1000, 30000, 65000]
EDGES = [65300, 65520, 65532, 65536, -8]


class Straight(Shape):
    def __init__(self, function, code, leb, i32):
        super().__init__(function, code, leb, i32)
        self.type = self.r.choice("il")
        self.words = [function.new_counter(self.type) for _ in range(self.r.choice([8, 16, 25, 40]))]
        self.pointer = function.new_counter()
        self.accesses = self.r.choice([0, 0.05, 0.15])
        self.bitwise = self.r.random() < 0.33

    def word(self):
        self.emit(b"\x20", self.r.choice(self.words))

    def set_word(self):
        self.emit(b"\x21", self.r.choice(self.words))

    def number(self):
        n = self.r.randint(1, 63)
        self.emit(self.i32(n) if self.type == "i" else b"\x42" + bytes([n]))

    def memarg(self):
        return self.leb(0) + self.leb(8 * self.r.randint(0, 40) + self.r.choice([0, 0, 0, 4, 1]))

    def load(self):
        self.emit(b"\x20", self.pointer, self.code(LOAD[self.type]), self.memarg())

    def store(self):
        self.emit(b"\x20", self.pointer)
        self.word()
        self.emit(self.code(STORE[self.type]), self.memarg())

    def access(self):
        kind = self.r.random()
        if kind < 0.4:
            self.store()
        else:
            self.load()
            self.set_word() if kind < 0.8 else self.emit(b"\x1a")

    def compute(self):
        self.word()
        self.number() if self.r.random() < 0.3 else self.word()
        operation = self.code(self.r.choice(BINARY[self.type]))
        self.emit(operation)
        if self.r.random() < 0.5:
            self.word()
            self.emit(self.code(BINARY[self.type][2]))
        self.set_word()

    def combine(self, target):
        self.word()
        if self.r.random() < 0.5:
            self.word()
            self.emit(self.code(self.r.choice(BITWISE[self.type])))
        if self.r.random() < 0.5:
            self.number()
            self.emit(self.code(self.r.choice(SHIFTED[self.type])))
        self.emit(b"\x20", target, self.code(BITWISE[self.type][0]), b"\x21", target)

    def combine_all(self):
        for _ in range(self.r.randint(2, 5)):
            for target in self.words:
                self.combine(target)
            if self.r.random() < self.accesses:
                self.access()

    def compute_some(self):
        for _ in range(self.r.randint(1, 4) * len(self.words)):
            self.access() if self.r.random() < self.accesses else self.compute()

    def generate(self):
        self.emit(self.i32(self.r.choice(EDGES if self.r.random() < 0.2 else STARTS)), b"\x21", self.pointer)
        for word in self.words:
            self.load() if self.bitwise or self.r.random() < 0.5 else self.number()
            self.emit(b"\x21", word)
        self.combine_all() if self.bitwise else self.compute_some()
        for _ in range(self.r.randint(0, 12)):
            self.store()
        self.emit(b"\x20", self.words[0])
        for word in self.words[1:]:
            self.emit(b"\x20", word, self.code(BINARY[self.type][2]))
        self.emit(b"\x21", self.f.pick_local(self.type))
