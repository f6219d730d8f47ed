# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Random loops that look up or change a table by a number that has bounds (codegen/passes/interval.c), and conversions of
floats behind a question for their range (codegen/passes/conversion.c): for random_module.py, whose Function they extend.
"""

import struct

from random_shape import Shape

LOADS = {1: "i32_load8_u", 2: "i32_load16_u", 4: "i32_load"}
STORES = {1: "i32_store8", 2: "i32_store16", 4: "i32_store"}


class TableLoop(Shape):
    def __init__(self, function, code, leb, i32):
        super().__init__(function, code, leb, i32)
        self.dest, self.source, self.counter, self.index = (function.new_counter() for _ in range(4))
        self.size, self.index_size = self.r.choice([1, 1, 2, 4]), self.r.choice([1, 1, 2, 4])
        self.count = self.r.choice([1, 2, 3, 16, 33, 100, 300])
        self.bound = self.r.choice([1, 3, 7, 15, 16, 63, 100, 255, 1000])
        lows = [5000, 8000, 20000] if function.m.calm else [0, 5000, 65000, 65536 - self.bound * self.size, 65530, -90]
        self.table = self.r.choice(lows)
        self.base = function.new_counter() if self.r.random() < 0.5 else None

    def op(self, name, number):
        self.emit(self.i32(number), self.code(name))

    def bounded(self, at):
        """The number of the place in the table, for the element at a place of the source."""
        name = LOADS[self.index_size]
        if self.index_size < 4 and self.r.random() < 0.2:
            name = name.replace("_u", "_s")
        self.get(self.source)
        self.emit(self.code(name), self.leb(0) + self.leb(at * self.index_size))
        kind = self.r.random()
        if kind < 0.4:
            self.op("i32_and", self.bound)
        elif kind < 0.5:
            self.op("i32_rem_u", self.bound)
        elif kind < 0.6:
            self.op("i32_shr_u", self.r.choice([22, 26, 31]))
        elif kind < 0.7:
            self.op("i32_rem_s", self.bound)
            self.op("i32_add", self.bound)
        elif kind < 0.8:
            self.emit(b"\x22", self.index, self.i32(self.bound))
            self.emit(b"\x20", self.index, self.i32(self.bound), self.code("i32_lt_u"), b"\x1b")
        if self.size > 1:
            self.op("i32_mul", self.size)

    def place(self, at):
        """Leaves the address, and returns the memarg."""
        self.bounded(at)
        offset = 0
        if self.base is not None:
            self.get(self.base)
            self.emit(self.code("i32_add"))
        elif self.table >= 0:
            offset = self.table
        else:
            self.op("i32_add", self.table)
        return self.leb(0) + self.leb(offset)

    def look_up(self, at):
        self.get(self.dest)
        memarg = self.place(at)
        self.emit(self.code(LOADS[self.size]), memarg)
        if self.r.random() < 0.4:
            self.op("i32_mul", 3)
        self.emit(self.code(STORES[self.size]), self.leb(0) + self.leb(at * self.size))

    def change(self, at):
        memarg = self.place(at)
        self.emit(b"\x22", self.index, b"\x20", self.index, self.code(LOADS[self.size]), memarg)
        self.op("i32_add", 1)
        self.emit(self.code(STORES[self.size]), memarg)

    def move(self, local, by):
        self.get(local)
        self.op("i32_add", by)
        self.set(local)

    def generate(self):
        parts = self.r.choice([1, 1, 1, 2, 2, 4])
        lows = [5000, 9000, 30000] if self.f.m.calm else [0, 4990, 9000, 30000, 65400]
        for local, start in ((self.dest, self.r.choice(lows)), (self.source, self.r.choice(lows)),
                             (self.counter, self.count), (self.base, self.table)):
            if local is not None:
                self.emit(self.i32(start))
                self.set(local)
        step = self.r.choice([self.look_up, self.look_up, self.change])
        self.emit(b"\x03\x40")
        state = self.r.getstate()
        for at in range(parts):
            if self.r.random() < 0.9:
                self.r.setstate(state)
            step(at)
        self.move(self.dest, parts * self.size)
        self.move(self.source, parts * self.index_size)
        self.move(self.counter, -1)
        self.get(self.counter)
        self.emit(b"\x0d\x00\x0b")


class Conversion(Shape):
    """Of a float or double, as a compiler writes it; now and then with another limit."""

    def generate(self):
        wide = self.r.random() < 0.5
        number = self.f.pick_local("d" if wide else "f")
        float_type = "f64" if wide else "f32"
        result = self.r.choice(["i32", "i64"])
        signed = self.r.random() < 0.6
        bits = (32 if result == "i32" else 64) - signed
        odd = not self.f.m.calm and self.r.random() < 0.3
        limit = 2.0 ** (bits + (self.r.choice([-1, 1]) if odd else 0))
        least = self.r.choice([-0.5, -1.0]) if odd else 0.0
        compare = self.r.choice(["_lt", "_le"]) if odd else "_lt"

        def constant(x):
            return b"\x44" + struct.pack("<d", x) if wide else b"\x43" + struct.pack("<f", x)

        self.get(number)
        if signed:
            self.emit(self.code(float_type + "_abs"))
        self.emit(constant(limit), self.code(float_type + compare))
        if not signed:
            self.get(number)
            self.emit(constant(least), self.code(float_type + "_ge"), self.code("i32_and"))
        turned = self.r.random() < 0.3
        if turned:
            self.emit(self.code("i32_eqz"))
        least = {"i32": self.i32(-(1 << 31)), "i64": b"\x42" + b"\x80" * 9 + b"\x7f"}[result]
        zero = self.i32(0) if result == "i32" else b"\x42\x00"
        another = self.i32(-5) if result == "i32" else b"\x42\x7b"
        other = self.r.choice([least if signed else zero, another])
        convert = b"\x20" + bytes(number) + self.code("%s_trunc_%s_%s" % (result, float_type, "s" if signed else "u"))
        first, second = (other, convert) if turned else (convert, other)
        self.emit(b"\x04", b"\x7f" if result == "i32" else b"\x7e", first, b"\x05", second, b"\x0b")
        if self.r.random() < 0.3:
            amount = self.i32(5) if result == "i32" else b"\x42\x05"
            self.emit(amount, self.code(result + self.r.choice(["_and", "_shl", "_add", "_shr_s", "_mul"])))
        self.set(self.f.pick_local("i" if result == "i32" else "l"))
