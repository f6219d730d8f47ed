# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Random counted loops with branches in their bodies, of which the compiler makes a single block
(codegen/passes/loop_flatten.c), and ones that are nearly such: for random_module.py, whose Function they
extend.

Three addresses move by the same step or stand still. An iteration looks at what is at one of them and,
if a test says so, stores, loads or adds something; often it does the same several times in a row.
"""

from random_shape import Shape


class ArmLoop(Shape):
    def __init__(self, function, code, leb, i32):
        super().__init__(function, code, leb, i32)
        self.size = self.r.choice([1, 2, 4, 4, 4])
        self.load = code({1: "i32_load8_u", 2: "i32_load16_s", 4: "i32_load"}[self.size])
        self.store = code({1: "i32_store8", 2: "i32_store16", 4: "i32_store"}[self.size])
        self.pointers = [function.new_counter() for _ in range(3)]
        self.counter, self.value, self.sum, self.found = (function.new_counter() for _ in range(4))
        self.copies = self.r.choice([1, 1, 2, 2, 4])
        self.step = self.size * self.copies * self.r.choice([1, 1, 1, 1, 2, -1])
        self.count = self.r.choice([1, 2, 3, 7, 16, 33, 100, 300])

    def at(self, pointer, place):
        """The address on the stack; returns the memarg."""
        apart = self.r.random() < 0.5
        self.get(pointer)
        if apart and place:
            self.emit(self.i32(place), self.code("i32_add"))
        return self.leb(0) + self.leb(0 if apart else place)

    def element(self, pointer, place):
        memarg = self.at(pointer, place)
        self.emit(self.load, memarg)

    def test(self):
        kind, limit = self.r.choice(["bits", "less", "order", "never", "above"]), self.r.choice([0, 3, 60, 128, 1000])
        self.get(self.value)
        if kind == "bits":
            self.emit(self.i32(self.r.choice([1, 2, 6])), self.code("i32_and"))
        elif kind == "order":
            self.get(self.sum)
            self.emit(self.code("i32_lt_s"))
        else:
            self.emit(self.i32({"never": -7}.get(kind, limit)))
            self.emit(self.code({"less": "i32_lt_s", "never": "i32_eq", "above": "i32_gt_u"}[kind]))

    def computed(self, place):
        self.get(self.value)
        self.element(self.r.choice(self.pointers), place)
        self.emit(self.code("i32_" + self.r.choice(["add", "sub", "mul", "xor"])))

    # ---- what an arm does ----

    def put(self, place):
        memarg = self.at(self.r.choice(self.pointers), place)
        self.computed(place)
        self.emit(self.store, memarg)

    def add(self, place):
        self.get(self.sum)
        self.computed(place)
        self.emit(self.code(self.r.choice(["i32_add", "i32_sub", "i32_xor"])), b"\x21", self.sum)

    def divide(self, _place):
        self.get(self.value)
        if self.r.random() < 0.7:
            self.emit(self.i32(self.r.choice([3, -1, 10])))
        else:
            self.get(self.sum)
        self.emit(self.code("i32_" + self.r.choice(["div_s", "rem_u"])), b"\x21", self.found)

    def keep(self, _place):
        self.get(self.value)
        self.emit(b"\x21", self.r.choice([self.sum, self.found]))

    def nested(self, place):
        self.arms([(self.put, place), (self.add, place)])

    # ---- the loop ----

    def arms(self, shape):
        """if ... else ...; the shape: the one or two functions that emit them, with their places."""
        self.test()
        self.emit(b"\x04\x40")
        for n, (arm, place) in enumerate(shape):
            if n:
                self.emit(b"\x05")
            arm(place)
        self.emit(b"\x0b")

    def body(self):
        choices = [self.put, self.put, self.put, self.add, self.add, self.keep, self.nested]
        if self.r.random() < 0.1:
            choices.append(self.divide)
        first, second = self.r.choice(choices), self.r.choice(choices)
        both, looked_at, state = self.r.random() < 0.4, self.r.choice(self.pointers), self.r.getstate()
        for n in range(self.copies):
            place = n * self.size
            if self.r.random() < 0.9:
                self.r.setstate(state)  # what the copy before did
            self.element(looked_at, place)
            self.emit(b"\x21", self.value)
            self.arms([(first, place), (second, place)] if both else [(first, place)])

    def start(self, pointer):
        span = abs(self.step) * self.count
        low = self.r.choice([0, 1024, 2000, 2004, 4096, 20000, 50000, max(0, 65536 - span), 65540 - span,
                             self.r.randint(0, 60000)])
        self.emit(self.i32(low + (span if self.step < 0 else 0)), b"\x21", pointer)

    def generate(self):
        for pointer in self.pointers:
            self.start(pointer)
        self.emit(self.i32(self.count), b"\x21", self.counter, b"\x03\x40")
        self.body()
        for pointer in self.pointers:
            if self.r.random() < 0.9:
                self.get(pointer)
                self.emit(self.i32(self.step), self.code("i32_add"), b"\x21", pointer)
        self.get(self.counter)
        self.emit(self.i32(1), self.code("i32_sub"), b"\x22", self.counter, b"\x0d\x00\x0b")
        self.get(self.sum)
        self.get(self.found)
        self.emit(self.code("i32_add"), b"\x21", self.f.pick_local("i"))
