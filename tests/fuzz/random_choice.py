# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Random loops in which what is loaded only decides which of some values an iteration brings: for
random_module.py, whose Function they extend, and codegen/passes/keep.c.

Many of the values are products with the loop's counter, so that in a copy of the body of an unrolled loop
they are the same number, and nobody needs the load any more but for its trap. They look around the end of
the memory, wherever that is, and often only one iteration traps.
"""

from random_shape import Shape


class ChoiceLoop(Shape):
    def __init__(self, function, code, leb, i32):
        super().__init__(function, code, leb, i32)
        self.count = self.r.choice([1, 2, 3, 4, 4, 7, 8, 12, 13, 20, 64])
        self.counter, self.loaded, self.value, self.sum, self.factor = (function.new_counter() for _ in range(5))
        self.name, self.size = self.r.choice([("i32_load8_u", 1), ("i32_load16_s", 2), ("i32_load", 4), ("i32_load", 4)])
        self.step = self.r.choice([self.size, -self.size, 64, -64, 0, 4096])
        self.end = -self.step * (self.count - 1)  # where the last iteration is if the first is at 0
        self.first = self.r.choice([0, 1, 1 - self.size, -self.size, self.end, self.end - self.size, -self.r.randint(0, 65535)])
        self.base = function.new_counter()
        self.all_vanish = self.r.random() < 0.4  # at the first iteration, where the counter is 0

    def load(self):
        self.get(self.counter)
        self.emit(self.i32(self.step), self.code("i32_mul"))
        self.get(self.base)
        self.emit(self.code("i32_add"))
        self.emit(self.code(self.name), self.leb(0) + self.leb(0))
        self.set(self.loaded)

    def bring(self, depth=0):
        """One of the values, on the stack."""
        kinds = ["counter", "times", "times", "factor", "masked", "nested"]
        kind = self.r.choice(kinds if self.all_vanish else [*kinds, "number", "sum"])
        if kind == "nested" and depth < 2:
            self.choose(depth + 1)
            self.get(self.value)
            return
        if kind == "number":
            self.emit(self.i32(self.r.choice([0, 0, 1, 7])))
            return
        self.get(self.sum if kind == "sum" else self.counter)
        if kind == "times":
            self.emit(self.i32(self.r.choice([3, 5, 64])), self.code("i32_mul"))
        elif kind == "factor":
            self.get(self.factor)
            self.emit(self.code("i32_mul"))
        elif kind == "masked":
            self.emit(self.i32(self.r.choice([1, 2, 4, 0xff])), self.code("i32_and"))

    def decide(self):
        """What a branch asks, or a table's index, on the stack."""
        self.get(self.loaded)
        kind = self.r.choice(["whole", "bit", "order", "counter", "shift"])
        if kind == "bit":
            self.emit(self.i32(self.r.choice([1, 3, 0x80])), self.code("i32_and"))
        elif kind == "order":
            self.emit(self.i32(self.r.choice([0, 9, -1])), self.code(self.r.choice(["i32_lt_s", "i32_gt_u", "i32_eq"])))
        elif kind == "counter":
            self.get(self.counter)
            self.emit(self.code(self.r.choice(["i32_mul", "i32_and", "i32_xor", "i32_eq"])))
        elif kind == "shift":
            self.emit(self.i32(self.r.choice([4, 30])), self.code("i32_shr_u"))

    def by_table(self, depth):
        arms = self.r.randint(2, 4)
        self.emit(b"\x02\x40" * (arms + 1))
        self.decide()
        targets = [self.r.randrange(arms) for _ in range(self.r.choice([2, 3, 6]))] if self.r.random() < 0.4 else range(arms)
        self.emit(b"\x0e", self.leb(len(targets)), *(self.leb(t) for t in targets), self.leb(self.r.randrange(arms)))
        for arm in range(arms):
            self.emit(b"\x0b")
            self.bring(depth)
            self.set(self.value)
            if self.r.random() < 0.9:
                self.emit(b"\x0c", self.leb(arms - 1 - arm))
        self.emit(b"\x0b")

    def by_branch(self, depth):
        self.decide()
        self.emit(b"\x04\x40")
        self.bring(depth)
        self.set(self.value)
        if self.r.random() < 0.8:
            self.emit(b"\x05")
            self.bring(depth)
            self.set(self.value)
        self.emit(b"\x0b")

    def by_select(self, depth):
        self.bring(depth)
        self.bring(depth)
        self.decide()
        self.emit(b"\x1b")
        self.set(self.value)

    def choose(self, depth=0):
        self.r.choice([self.by_table, self.by_table, self.by_branch, self.by_select])(depth)

    def gather(self):
        self.get(self.sum)
        if self.r.random() < 0.5:
            self.emit(self.i32(7), self.code("i32_mul"))
        self.get(self.value)
        if self.r.random() < 0.3:
            self.get(self.counter)
            self.emit(self.code("i32_mul"))
        self.emit(self.code(self.r.choice(["i32_xor", "i32_add", "i32_or", "i32_and"])))
        self.set(self.sum)

    def generate(self):
        self.emit(self.i32(0))
        self.set(self.counter)
        self.get(self.f.pick_local("i"))
        self.set(self.factor)
        self.emit(b"\x3f\x00", self.i32(16), self.code("i32_shl"), self.i32(self.first), self.code("i32_add"))
        self.set(self.base)
        self.emit(b"\x03\x40")
        for _ in range(self.r.choice([1, 1, 2])):
            self.load()
            self.choose()
            self.gather()
        self.get(self.counter)
        self.emit(self.i32(1), self.code("i32_add"), b"\x22", self.counter)
        self.emit(self.i32(self.count), self.code("i32_ne"), b"\x0d\x00\x0b")
        self.get(self.sum)
        self.set(self.f.pick_local("i"))
