# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Random loops of 128-bit vectors, for random_module.py, whose Function it extends: several of their rounds
become one on machines with wider vectors (codegen/passes/widen.c), or nearly so.

A round loads some vectors near each other, of all kinds of loads, computes with them and with what the round
before has left, stores some, and changes sums. What is read and what is written may overlap, and end with the
memory or beyond it. Of floats there are only those that integers become, so that no NaN is seen.
"""

from random_code import OPS
from random_shape import Shape

INTEGERS = ("I8X16", "I16X8", "I32X4", "I64X2")
TYPED = [name for name in OPS if name.upper().startswith(INTEGERS) and "relaxed" not in name and "_f" not in name]
UNARY = [name for name in TYPED if (OPS[name].params, OPS[name].results) == ("v", "v")]
UNARY += ["i32x4_trunc_sat_f32x4_s", "i32x4_trunc_sat_f32x4_u", "f32x4_convert_i32x4_s", "f32x4_convert_i32x4_u", "f64x2_convert_low_i32x4_s"]
BINARY = [name for name in TYPED if (OPS[name].params, OPS[name].results) == ("vv", "v") and "shuffle" not in name]
SUMS = ["i8x16_add", "i16x8_add", "i32x4_add", "i64x2_add", "v128_xor", "v128_or", "v128_and", "i8x16_min_u",
        "i16x8_max_s", "i32x4_min_s", "i16x8_mul", "i32x4_sub"]
LOADS = ["v128_load"] * 12 + ["v128_load8x8_s", "v128_load8x8_u", "v128_load16x4_u", "v128_load32x2_s",
                            "v128_load32_zero", "v128_load64_zero", "v128_load8_splat", "v128_load32_splat"]
STEPS = [16, 16, 16, 16, 16, 16, 16, 16, 16, 16, 8, 4, 32, 48, 0, -16, 12]
DISTANCES = [0, 4, 8, 15, 16, 17, 31, 32, 48, 63, 64, 80, 128, 2000, 6000]
COUNTS = [1, 2, 3, 4, 5, 8, 9, 16, 17, 30]


class Vectors(Shape):
    def __init__(self, function, code, leb, i32):
        super().__init__(function, code, leb, i32)
        self.dest, self.source, self.counter = (function.new_counter() for _ in range(3))
        self.values = [function.new_counter("v") for _ in range(self.r.randint(2, 5))]
        self.sums = [function.new_counter("v") for _ in range(self.r.randint(0, 2))]
        self.operations = [self.r.choice(SUMS) for _ in self.sums]
        self.step, self.other = self.r.choice(STEPS[:12]), self.r.choice(STEPS)
        self.kept = self.r.choice([0, 0, 0, 0.3])  # how many values a round has from the one before

    def memarg(self):
        return self.leb(0) + self.leb(self.r.choice([0, 0, 0, 4, 16, 16, 32, 100]))

    def load(self):
        self.get(self.source if self.r.random() < 0.75 else self.dest)
        self.emit(self.code(self.r.choice(LOADS)), self.memarg())

    def value(self):
        self.get(self.r.choice(self.values))

    def compute(self):
        kind = self.r.random()
        self.value()
        if kind < 0.25:
            self.emit(self.code(self.r.choice(UNARY)))
            return
        self.value()
        if kind < 0.35:
            self.emit(self.code("i8x16_shuffle"), bytes(self.r.randrange(32) for _ in range(16)))
        elif kind < 0.45:
            self.value()
            self.emit(self.code("v128_bitselect"))
        else:
            self.emit(self.code(self.r.choice(BINARY)))

    def store(self):
        self.get(self.dest)
        self.value()
        self.emit(self.code("v128_store"), self.memarg())

    def round(self):
        for value in self.values:
            if self.r.random() >= self.kept:
                self.load()
                self.set(value)
        for _ in range(self.r.randint(1, 7)):
            self.compute()
            self.set(self.r.choice(self.values))
        for _ in range(self.r.choice([0, 1, 1, 1, 2])):
            self.store()
        for total, operation in zip(self.sums, self.operations):
            self.get(total)
            self.value()
            self.emit(self.code(operation))
            self.set(total)

    def start(self, count):
        span = abs(self.step) * count
        low = self.r.choice([0, 64, 5000, 20000] if self.f.m.calm else [0, 5000, 65536 - span - self.r.randint(0, 40), 65500])
        self.emit(self.i32(low))
        self.set(self.dest)
        self.emit(self.i32(max(0, low + self.r.choice([-1, 1, 1]) * self.r.choice(DISTANCES))))
        self.set(self.source)
        self.emit(self.i32(count))
        self.set(self.counter)

    def generate(self):
        self.start(self.r.choice(COUNTS))
        self.emit(b"\x03\x40")
        self.round()
        for local, step in ((self.dest, self.step), (self.source, self.other)):
            self.get(local)
            self.emit(self.i32(step), self.code("i32_add"))
            self.set(local)
        self.get(self.counter)
        self.emit(self.i32(1), self.code("i32_sub"), b"\x22", self.counter, b"\x0d\x00\x0b")
        kept = self.f.pick_local("v")
        for value in self.values + self.sums:
            self.get(value)
            self.get(kept)
            self.emit(self.code("i64x2_add"))
            self.set(kept)
