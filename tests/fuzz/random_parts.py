# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Random code that uses parts of what it loads, for random_module.py, whose Function it extends: which
loads keep their traps by themselves (codegen/passes/keep_bits.c), or by others near them (codegen/passes/keep_range.c),
and which indices are always inside (codegen/passes/interval.c).

Words are loaded near each other, often at an end of the memory. Shifts, masks, sums and products of
them are stored, at times to where they came from, or select elements of a table that may end with the
memory's least size, or some bytes beyond it.
"""

from random_shape import Shape

LOADS = {"i": ["i32_load", "i32_load", "i32_load16_u", "i32_load8_u"],
         "l": ["i64_load", "i64_load", "i64_load32_u", "i64_load32_s"]}
STORES = {"i": ["i32_store", "i32_store", "i32_store16", "i32_store8"],
          "l": ["i64_store", "i64_store", "i64_store32", "i64_store16"]}
MASKS = [1, 3, 0xFF, 0xFF00, 0xFF0000, -0x1000000, -256, -65536, 0xFFFF, -0xFF0001, 0x7FFFFFFF, 0x80000001 - (1 << 32)]
STARTS = [0, 4, 64, 1000, 30000, 65300]
EDGES = [65500, 65520, 65528, 65529, 65532, 65533, 65536, -4, -2]


class Parts(Shape):
    def __init__(self, function, code, leb, i32):
        super().__init__(function, code, leb, i32)
        self.type = self.r.choice("iil")
        self.words = [function.new_counter(self.type) for _ in range(self.r.randint(1, 4))]
        self.pointer = function.new_counter()

    def operation(self, name):
        self.emit(self.code(("i64_" if self.type == "l" else "i32_") + name))

    def word(self):
        self.get(self.r.choice(self.words))

    def constant(self, n):
        self.emit(self.i32(n))
        if self.type == "l":
            self.emit(self.code("i64_extend_i32_s"))

    def memarg(self):
        return self.leb(0) + self.leb(self.r.choice([0, 0, 0, 2, 4, 4, 8, 12, 16]))

    def load(self):
        self.get(self.pointer)
        self.emit(self.code(self.r.choice(LOADS[self.type])), self.memarg())

    def element(self):
        """Of a table that ends near the memory's least size: in most cases all of it is inside."""
        bits, size = self.r.choice([0xF, 0xFF, 0x3FC]), self.r.choice([1, 4])
        self.word()
        self.constant(self.r.choice([0, 6, 8, 24]))
        self.operation("shr_u")
        self.constant(bits)
        self.operation("and")
        if self.type == "l":
            self.emit(self.code("i32_wrap_i64"))
        last = self.r.choice([65536, 65536, 65536, 65537, 2000]) - size - bits
        self.emit(self.code("i32_load" if size == 4 else "i32_load8_u"), self.leb(0), self.leb(last))
        if self.type == "l":
            self.emit(self.code("i64_extend_i32_u"))

    def part(self):
        """Of a word, on the stack."""
        self.word()
        kind = self.r.choice(["shift", "shift", "mask", "mask", "or", "sum", "product", "square", "variable"])
        if kind == "square":
            self.word()
        elif kind == "shift":
            self.constant(self.r.choice([1, 7, 8, 9, 16, 24, 26, 31]))
        elif kind in ("mask", "or"):
            self.constant(self.r.choice(MASKS))
        elif kind == "variable" or self.r.random() < 0.5:
            self.word()
        else:
            self.constant(self.r.choice([1, 2, 3, 6, 19, 256, 0x1000000]))
        self.operation({"shift": self.r.choice(["shl", "shr_u", "shr_s", "rotl"]), "mask": "and", "or": "or",
                        "sum": self.r.choice(["add", "sub", "xor"]), "product": "mul", "square": "mul",
                        "variable": self.r.choice(["and", "or", "shl", "rotl"])}[kind])

    def put(self):
        """Often where something was loaded from, and with the rest of it as it was."""
        self.get(self.pointer)
        self.part()
        if self.r.random() < 0.5:
            self.part()
            self.operation(self.r.choice(["or", "xor", "add"]))
        self.emit(self.code(self.r.choice(STORES[self.type])), self.memarg())

    def step(self):
        kind = self.r.random()
        if kind < 0.3:
            self.load()
            self.set(self.r.choice(self.words)) if self.r.random() < 0.7 else self.emit(b"\x1a")
        elif kind < 0.55:
            self.part()
            self.set(self.r.choice(self.words))
        elif kind < 0.75:
            self.element()
            self.set(self.r.choice(self.words)) if self.r.random() < 0.7 else self.emit(b"\x1a")
        else:
            self.put()

    def generate(self):
        self.emit(self.i32(self.r.choice(EDGES if self.r.random() < 0.35 else STARTS)))
        self.set(self.pointer)
        for word in self.words:
            self.load()
            self.set(word)
        for _ in range(self.r.randint(1, 12)):
            self.step()
        if self.r.random() < 0.6:
            self.word()
            self.set(self.f.pick_local(self.type))
