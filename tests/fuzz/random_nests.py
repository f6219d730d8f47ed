# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Random nests of loops over linear memory, for random_module.py, whose Function they extend.

The outer loop moves or rotates pointers, so that what the inner loop writes is what it reads in the
next round, but not in the same one. Counts are small constants (loops that are unrolled) or come out
of memory; counters have 32 or 64 bits and are compared in every way; values are conditional, carried
from one iteration to the next, and used after the loop. Some bodies are unrolled: the same again, a

step further on.
"""

from random_shape import Shape

NAMES = {"i": "i32", "l": "i64", "f": "f32", "d": "f64", "v": "i32x4"}
LOADS = {"i": [("i32_load", 4), ("i32_load8_u", 1), ("i32_load8_s", 1), ("i32_load16_u", 2), ("i32_load", 4)],
         "l": [("i64_load", 8), ("i64_load32_s", 4), ("i64_load8_u", 1)], "f": [("f32_load", 4)],
         "d": [("f64_load", 8)], "v": [("v128_load", 16)]}
STORES = {"i": [("i32_store", 4), ("i32_store8", 1), ("i32_store16", 2)], "l": [("i64_store", 8), ("i64_store32", 4)],
          "f": [("f32_store", 4)], "d": [("f64_store", 8)], "v": [("v128_store", 16)]}
STARTS = [0, 8, 512, 1024, 4096, 4100, 20000, 40000, 60000, 65280, 65504, -16]


class Nest(Shape):
    def __init__(self, function, code, leb, i32):
        super().__init__(function, code, leb, i32)
        self.t = self.r.choice(function.m.types)
        self.each = self.r.choice([LOADS[self.t][0][1]] * 3 + [1, 4, 8, 16])
        self.rows = [function.new_counter() for _ in range(self.r.randint(2, 4))]
        self.moving = [function.new_counter() for _ in self.rows]
        self.steps = [self.r.choice([self.each] * 4 + [0, -self.each, 2 * self.each]) for _ in self.rows]
        self.values = [function.new_local(self.t) for _ in range(self.r.randint(1, 3))]
        self.seen = function.new_counter()
        self.part = 0  # of an unrolled body
        # A step that is a variable, for one of the pointers.
        self.stride = function.new_counter() if self.r.random() < 0.25 else None
        # And what is added to that: another variable, a constant.
        self.stride_more = function.new_counter() if self.stride and self.r.random() < 0.4 else None
        self.stride_on = self.r.choice([0, 0, 4, 12, -4]) if self.stride else 0
        self.striding = self.r.randrange(len(self.rows))

    # ---- one iteration ----

    def address(self, pointers):
        """The address of an element near a pointer, some of it as static offset."""
        at = self.r.choice([0, 0, 0, self.each, 2 * self.each, 4 * self.each, 64, 256])
        index = self.r.randrange(len(pointers))
        further = self.part * self.steps[index]
        self.get(pointers[index])
        if self.stride and index == self.striding:
            further = 0
            self.emit_stride(self.part)
        if self.r.random() < 0.3 or at + further < 0:
            self.emit(self.i32(self.r.choice([at, at, -at, -self.each]) + further), self.code("i32_add"))
            at = 0
        else:
            at += further
        return self.leb(0) + self.leb(at)

    def emit_stride(self, times):
        """Adds so many strides to what is on the stack."""
        if not times:
            return
        for stride in filter(None, (self.stride, self.stride_more)):
            self.get(stride)
            self.emit(self.i32(times), self.code("i32_mul"), self.code("i32_add"))
        if self.stride_on:
            self.emit(self.i32(times * self.stride_on), self.code("i32_add"))

    def set_stride(self):
        """Mostly small; some are negative, some large."""
        for stride in filter(None, (self.stride, self.stride_more)):
            self.emit(self.i32(self.r.randint(1024, 3000)), self.code("i32_load"), self.leb(0) + self.leb(0))
            self.emit(self.i32(self.r.choice([0xF8, 0xFC, 0x7F, -4, 0x800000FC - (1 << 32), 0x40000000])), self.code("i32_and"))
            self.set(stride)

    def load(self, pointers):
        name, _ = self.r.choice(LOADS[self.t])
        memarg = self.address(pointers)
        self.emit(self.code(name), memarg)

    def operation(self):
        bits = ["xor", "or", "and"] if self.t in "il" else []
        self.emit(self.code(f"{NAMES[self.t]}_{self.r.choice(['add', 'sub', 'mul', *bits])}"))

    def condition(self):
        kind = self.r.randrange(3)
        self.get(self.r.choice(self.moving))
        if kind == 0:
            self.emit(self.i32(self.r.choice([1, 4, 8, 64])), self.code("i32_and"))
        elif kind == 1:
            memarg = self.address(self.moving)
            self.emit(self.code("i32_load8_u"), memarg, self.code("i32_lt_u"))
        else:
            self.get(self.r.choice(self.moving))
            self.emit(self.code(self.r.choice(["i32_lt_u", "i32_ge_s", "i32_ne"])))

    def value(self, pointers):
        self.load(pointers)
        kind = self.r.random()
        if kind < 0.4:
            self.get(self.r.choice(self.values))
            self.operation()
        elif kind < 0.6:
            self.load(pointers)
            self.operation()
        elif kind < 0.75 and self.t != "v":
            self.get(self.r.choice(self.values))
            self.condition()
            self.emit(b"\x1b")
        self.f.canonical(self.t)

    def statement(self, pointers):
        kind = self.r.random()
        if kind < 0.35:
            self.value(pointers)
            self.set(self.r.choice(self.values))
        elif kind < 0.45 and len(self.values) > 1:  # values change places
            self.get(self.values[0])
            self.get(self.values[-1])
            self.set(self.values[0])
            self.set(self.values[-1])
        else:
            guarded = self.r.random() < 0.15
            if guarded:
                self.condition()
                self.emit(b"\x04\x40")
            name, _ = self.r.choice(STORES[self.t])
            memarg = self.address(pointers)
            self.value(pointers) if self.r.random() < 0.7 else self.get(self.r.choice(self.values))
            self.emit(self.code(name), memarg)
            if guarded:
                self.emit(b"\x0b")

    # ---- loops ----

    def count(self, choices):
        """A count on the stack, known or not."""
        n = self.r.choice(choices)
        if self.r.random() < 0.35:
            self.emit(self.i32(self.r.randint(1024, 3000)), self.code("i32_load8_u"), self.leb(0) + self.leb(0))
            self.emit(self.i32(self.r.choice([1, 3, 7])), self.code("i32_and"), self.i32(n), self.code("i32_add"))
        else:
            self.emit(self.i32(n))

    def loop(self, choices, body):
        """for (i = 0; i != n * step; i += step), or down, in one of the ways to write that."""
        wide = "l" in self.f.m.types and self.r.random() < 0.2
        t, constant = ("i64", b"\x42") if wide else ("i32", b"\x41")
        counter, limit = (self.f.new_counter("l" if wide else "i") for _ in range(2))
        step, down = self.r.choice([1, 1, 1, 4, 3]), self.r.random() < 0.4
        self.count(choices)
        self.emit(self.i32(step), self.code("i32_mul"))
        if wide:
            self.emit(self.code("i64_extend_i32_u"))
        self.set(limit)
        self.get(limit) if down else self.emit(constant, b"\x00")
        self.set(counter)

        def end():
            self.emit(constant, b"\x00") if down else self.get(limit)

        def change():
            self.get(counter)
            self.emit(constant, bytes([step]), self.code(t + ("_sub" if down else "_add")))
        middle = self.r.random() < 0.2
        if middle:  # left between a body and another, or the same
            self.emit(b"\x02\x40\x03\x40")
            self.f.labels += [None, None]
            body()
            self.get(counter)
            end()
            self.emit(self.code(t + "_eq"), b"\x0d\x01")
            body()
            change()
            self.set(counter)
            self.emit(b"\x0c\x00\x0b\x0b")
            del self.f.labels[-2:]
        else:
            self.ordinary_loop(body, change, end, t, counter, step, down)
        if not wide:
            self.get(counter)
            self.get(self.seen)
            self.emit(self.code("i32_add"))
            self.set(self.seen)

    def ordinary_loop(self, body, change, end, t, counter, step, down):
        self.emit(b"\x03\x40")
        self.f.labels.append(None)
        body()
        change()
        self.emit(b"\x22", counter)
        end()
        tests = ["ne", "ne", "gt_s", "gt_u"] if down and step == 1 else ["ne", "gt_s"] if down else ["ne", "lt_s", "lt_u"]
        self.emit(self.code(f"{t}_{self.r.choice(tests)}"), b"\x0d\x00\x0b")
        self.f.labels.pop()

    def inner(self):
        for moving, row in zip(self.moving, self.rows):
            if self.r.random() < 0.85:
                self.get(row)
                self.set(moving)
        statements, parts = self.r.randint(1, 4), self.r.choice([1, 1, 1, 2, 2, 4])

        def body():
            same = self.r.getstate()
            for self.part in range(parts):
                self.r.setstate(same)
                for _ in range(statements):
                    self.statement(self.moving)
            self.part = 0
            for index, (moving, step) in enumerate(zip(self.moving, self.steps)):
                if self.stride and index == self.striding:
                    self.get(moving)
                    self.emit_stride(parts)
                    self.set(moving)
                elif step:
                    self.get(moving)
                    self.emit(self.i32(parts * step), self.code("i32_add"))
                    self.set(moving)
        self.loop([1, 2, 3, 4, 4, 8, 9, 16, 33, 64], body)

    def move_rows(self):
        """Each on by a distance, or round."""
        if self.r.random() < 0.35:
            for row in self.rows:
                self.get(row)
            for row in [self.rows[0], *reversed(self.rows[1:])]:
                self.set(row)
        by = self.r.choice([self.each, 4 * self.each, 16, 64, 256])
        for row in self.rows:
            self.get(row)
            self.emit(self.i32(self.r.choice([by, by, by, -by, 0])), self.code("i32_add"))
            self.set(row)

    def outer(self):
        for _ in range(self.r.randint(0, 2)):
            self.statement(self.rows)
        self.inner()
        if self.r.random() < 0.3:
            self.inner()
        for _ in range(self.r.randint(0, 2)):
            self.statement(self.r.choice([self.rows, self.moving]))
        self.move_rows()

    def generate(self):
        self.set_stride()
        start = self.r.choice(STARTS) if self.r.random() < 0.8 else self.r.randint(0, 65535)
        if self.f.m.calm:
            start = self.r.randint(10000, 30000)
        by = self.r.choice([self.each, 4 * self.each, 16, 64, 256, 1024, 4096])
        for n, row in enumerate(self.rows):
            self.emit(self.i32(start + n * by if start < 60000 else start - n * by))
            if self.r.random() < 0.3:
                self.f.leaf("i")
                self.emit(self.i32(self.r.choice([8, 0xF8, 0xFF0])), self.code("i32_and"), self.code("i32_add"))
            self.set(row)
        self.loop([1, 2, 2, 3, 4, 5, 8, 16, 33], self.outer)
        for pointers in (self.rows, self.moving):
            for pointer in pointers:
                self.get(self.seen)
                self.emit(self.i32(31), self.code("i32_mul"))
                self.get(pointer)
                self.emit(self.code("i32_add"))
                self.set(self.seen)
        self.get(self.seen)
        self.set(self.f.pick_local("i"))
        if self.t != "v":
            for n, value in enumerate(self.values):
                self.emit(self.i32(768 + 8 * n))
                self.get(value)
                self.f.canonical(self.t)
                self.emit(self.code(STORES[self.t][0][0]), self.leb(0) + self.leb(0))
