# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Random loops that only read, until what they read ends them: for random_module.py, whose Function they
extend, and codegen/passes/search.c, which gives such loops a scan.

Pointers move by the size of what is loaded, or nearly so, or stay; any arithmetic on what was loaded, now or
in the iteration before, decides whether the loop is left, goes on at once or takes another way to its end.
Before it the memory gets a run of one byte with a few others in it, so that loops make many iterations. All
that moves goes into an ordinary local in the end.
"""

from random_shape import Shape

LOADS = {"i": [("i32_load8_u", 1), ("i32_load8_u", 1), ("i32_load8_s", 1), ("i32_load16_u", 2), ("i32_load16_s", 2),
               ("i32_load", 4)],
         "l": [("i64_load8_u", 1), ("i64_load8_s", 1), ("i64_load16_u", 2), ("i64_load32_s", 4), ("i64_load", 8)],
         "f": [("f32_load", 4)], "d": [("f64_load", 8)]}
BYTES = [0, 0, 1, 7, 32, 65, 127, 128, 255]
ARITHMETIC = ["add", "sub", "mul", "and", "or", "xor", "shl", "shr_u", "shr_s", "rotl"]
COMPARISONS = ["eq", "ne", "ne", "lt_u", "lt_s", "gt_u", "gt_s", "le_u", "ge_s"]
FLOAT_COMPARISONS = ["eq", "ne", "lt", "gt", "le", "ge"]
NAMES = {"i": "i32", "l": "i64", "f": "f32", "d": "f64"}


class Search(Shape):
    def __init__(self, function, code, leb, i32):
        super().__init__(function, code, leb, i32)
        self.t = self.r.choice("iiiiiilllfd")
        self.name, self.size = self.r.choice(LOADS[self.t])
        self.pointers = [function.new_counter() for _ in range(self.r.choice([1, 1, 2, 2, 3]))]
        step = self.size * self.r.choice([1, 1, 1, -1])
        self.steps = [step if self.r.random() < 0.8 else self.r.choice([0, -step, self.size + 1, 2 * step])
                      for _ in self.pointers]
        self.counter = function.new_counter()
        self.values = [function.new_counter(self.t) for _ in range(self.r.randint(1, 3))]
        self.carried = self.r.choice(self.values) if self.r.random() < 0.3 else None
        self.byte = self.r.choice(BYTES)
        self.endless = self.t in "il" and self.r.random() < 0.25  # only what is read ends it
        if self.endless:
            self.steps = [by or step for by in self.steps]
        self.may_pass = not self.endless and self.r.random() < 0.3  # the counter, by zero: counted down twice
        self.start = self.r.choice([0, 1, 100, 1024, 4096, 20000, 65000, 65400, 65535, self.r.randint(0, 65535)])
        if function.m.calm:
            self.start = self.r.randint(10000, 40000)
        self.count = self.r.choice([1, 5, 17, 64, 65, 100, 300, 1000])

    # ---- values ----

    def number(self):
        """A constant of the loop's type, often the byte in all places."""
        n = self.r.choice([self.byte, self.byte, self.r.choice(BYTES), self.byte * 0x01010101, 0x01010101, 0x80808080, -1])
        if self.t == "i":
            self.emit(self.i32(n))
        elif self.t == "l":
            n = n * 0x100000001 if n > 255 and self.r.random() < 0.5 else n
            self.emit(self.i32(n), self.code("i64_extend_i32_s"))
            if self.r.random() < 0.3:
                self.emit(b"\x42\x20", self.code("i64_rotl"))
        else:
            self.emit(self.i32(n), self.code("f32_reinterpret_i32" if self.t == "f" else "f64_convert_i32_s"))

    def load(self):
        index = self.r.randrange(len(self.pointers))
        name, size = (self.name, self.size) if self.r.random() < 0.9 else self.r.choice(LOADS[self.t])
        self.get(self.pointers[index])
        if self.r.random() < 0.15:
            self.emit(self.i32(self.r.choice([size, -size, 1, 64, -4])), self.code("i32_add"))
        self.emit(self.code(name), self.leb(0) + self.leb(self.r.choice([0, 0, 0, size, 3, 64])))

    def value(self, depth=1):
        kind = self.r.random()
        if depth == 0 or kind < 0.3:
            self.get(self.r.choice(self.values))
        elif kind < 0.5:
            self.load()
        elif kind < 0.6:
            self.number()
        elif self.t in "il":
            self.value(depth - 1)
            self.value(depth - 1) if self.r.random() < 0.4 else self.number()
            self.emit(self.code(f"{NAMES[self.t]}_{self.r.choice(ARITHMETIC)}"))
        else:
            self.value(depth - 1)
            self.number()
            self.emit(self.code(f"{NAMES[self.t]}_{self.r.choice(['add', 'sub', 'mul'])}"))
            self.f.canonical(self.t)

    def test(self):
        self.value()
        self.number() if self.r.random() < 0.7 else self.value()
        self.emit(self.code(f"{NAMES[self.t]}_{self.r.choice(COMPARISONS if self.t in 'il' else FLOAT_COMPARISONS)}"))

    def condition(self):
        """Mostly that of a byte that is not the one of the run."""
        kind = self.r.random()
        if kind < 0.5:
            self.load() if self.r.random() < 0.5 else self.get(self.r.choice(self.values))
            self.number()
            self.emit(self.code(f"{NAMES[self.t]}_{self.r.choice(['eq', 'ne', 'ne'])}"))
            return
        self.test()
        if kind < 0.65:
            self.test()
            self.emit(self.code(self.r.choice(["i32_and", "i32_or", "i32_xor"])))

    # ---- what an iteration does ----

    def assign(self):
        self.value(2)
        self.set(self.r.choice(self.values))

    def leave(self):
        self.condition()
        self.emit(b"\x0d\x01")

    def either(self):
        self.condition()
        if self.r.random() < 0.4:
            self.emit(b"\x04\x40")
            self.assign()
            if self.r.random() < 0.5:
                self.emit(b"\x05")
                self.assign()
            self.emit(b"\x0b")
            return
        self.emit(b"\x21", self.flag())
        self.value()
        self.value()
        self.emit(b"\x20", self.flag(), b"\x1b")
        self.set(self.r.choice(self.values))

    def flag(self):
        if not hasattr(self, "kept"):
            self.kept = self.f.new_counter()
        return self.kept

    def spoil(self):
        """What a loop that only reads does not do."""
        if self.r.random() < 0.5:
            self.get(self.pointers[-1])
            self.emit(self.i32(self.r.choice(BYTES)), self.code("i32_store8"), self.leb(0) + self.leb(self.r.choice([0, 5])))
        else:
            self.f.burn(1)

    def again(self):
        """Goes on at once."""
        self.move()
        self.condition()
        self.count_down()
        self.emit(self.code("i32_and"), b"\x0d\x00")
        for pointer, step in zip(self.pointers, self.steps):
            self.get(pointer)
            self.emit(self.i32(step), self.code("i32_sub"))
            self.set(pointer)

    def move(self):
        for pointer, step in zip(self.pointers, self.steps):
            if step:
                self.get(pointer)
                self.emit(self.i32(step), self.code("i32_add"))
                self.set(pointer)

    def count_down(self):
        self.get(self.counter)
        self.emit(self.i32(1), self.code("i32_sub"), b"\x22", self.counter)
        self.emit(self.i32(0), self.code("i32_gt_s" if self.may_pass else "i32_ne"))

    def go_on(self):
        """Goes back, if what was read last is none of a few numbers: often a switch."""
        if not self.endless:
            self.count_down()
            self.emit(b"\x0d\x00")
            return
        others = [self.byte ^ 1, *self.r.sample(BYTES, self.r.randint(0, 3))]
        for n, other in enumerate(others):
            self.get(self.values[0])
            self.emit(self.i32(other) if self.t == "i" else b"\x42" + self.i32(other)[1:])
            self.emit(self.code(NAMES[self.t] + ("_ne" if n == len(others) - 1 else "_eq")))
            self.emit(b"\x0d\x00" if n == len(others) - 1 else b"\x0d\x01")

    def iteration(self):
        self.load()
        self.set(self.values[0])
        shapes = [(self.assign, 3), (self.leave, 6), (self.either, 2), (self.spoil, 0.1)]
        if self.may_pass:
            shapes.append((self.again, 3))
        for shape in self.r.choices([s for s, _ in shapes], [w for _, w in shapes], k=self.r.choice([0, 1, 1, 2, 3, 4])):
            shape()
        if self.carried and self.carried != self.values[0]:
            self.get(self.values[0])
            self.set(self.carried)

    # ---- the whole ----

    def run_of_bytes(self):
        """In memory, with a few others."""
        at = max(0, self.start - self.r.choice([0, 0, 100, 1000]))
        length = min(self.r.choice([10, 100, 1000, 5000]), 65536 - at)
        self.emit(self.i32(at), self.i32(self.byte), self.i32(length), b"\xfc\x0b\x00")
        for _ in range(self.r.choice([0, 1, 1, 2])):
            self.emit(self.i32(min(65535, at + self.r.randrange(length))), self.i32(self.r.choice(BYTES)),
                      self.code("i32_store8"), self.leb(0) + self.leb(0))

    def begin(self):
        for pointer in self.pointers:
            by = self.r.choice([0, 0, 1, 4, 16, 64, -1, -16])
            self.emit(self.i32(max(0, self.start + by)))
            self.set(pointer)
        self.emit(self.i32(self.count))
        self.set(self.counter)
        for value in self.values:
            self.number()
            self.set(value)

    def generate(self):
        if self.r.random() < 0.7:
            self.run_of_bytes()
        self.begin()
        self.emit(b"\x02\x40\x03\x40")
        self.iteration()
        self.move()
        self.go_on()
        self.emit(b"\x0b\x0b")
        kept = self.f.pick_local("i")
        self.get(self.counter)
        for pointer in self.pointers:
            self.emit(self.i32(31), self.code("i32_mul"))
            self.get(pointer)
            self.emit(self.code("i32_add"))
        if self.t in "il":
            for value in self.values:
                self.get(value)
                if self.t == "l":
                    self.emit(b"\x42\x21", self.code("i64_rotl"), self.code("i32_wrap_i64"))
                self.emit(self.code("i32_xor"))
        self.set(kept)
