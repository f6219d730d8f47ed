# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Random loops that begin with a br_table on a local, as those that Go and LLVM make of gotos: for
random_module.py, whose Function they extend, and codegen/emit/emit_dispatch.c.

A state is set to a constant, or to what nobody knows, before a branch to the loop. Each state takes one of
the rounds that are left, so that the loop ends.
"""

from random_shape import Shape


class DispatchLoop(Shape):
    def __init__(self, function, code, leb, i32):
        super().__init__(function, code, leb, i32)
        self.count = self.r.choice([1, 2, 3, 5, 9])
        self.state, self.rounds = function.new_counter(), function.new_counter()

    def number(self):
        return self.i32(self.r.choice([*range(self.count + 2), -1]))

    def set_state(self):
        kind = self.r.choice(["constant"] * 5 + ["local", "either", "next"])
        if kind == "constant":
            self.emit(self.number())
        elif kind == "local":
            self.get(self.f.pick_local("i"))
            self.emit(self.i32(3), self.code("i32_and"))
        elif kind == "either":
            self.emit(self.number(), self.number())
            self.get(self.f.pick_local("i"))
            self.emit(b"\x1b")
        else:
            self.get(self.state)
            self.emit(self.i32(1), self.code("i32_add"))
        self.set(self.state)

    def go(self, loop):
        """To the loop, or past what is next, or on; loop is the depth of its label."""
        kind = self.r.choice(["on", "br", "br", "br_if", "if", "if", "out"])
        if kind in ("on", "out"):
            self.emit(b"" if kind == "on" else b"\x0c" + self.leb(loop + 1))
            return
        if kind == "br":
            self.set_state()
            self.emit(b"\x0c", self.leb(loop))
            return
        if kind == "br_if":
            self.set_state()
        self.get(self.f.pick_local("i"))
        if kind == "br_if":
            self.emit(b"\x0d", self.leb(loop))
            return
        self.emit(b"\x04\x40")
        self.set_state()
        self.emit(b"\x0c", self.leb(loop + 1), b"\x0b")

    def one_state(self, depth, loop):
        self.get(self.rounds)
        self.emit(self.i32(1), self.code("i32_sub"), b"\x22", self.rounds, self.code("i32_eqz"), b"\x0d", self.leb(loop + 1))
        self.f.burn(1)
        self.f.statements(depth - 1, self.r.randint(0, 2))
        for _ in range(self.r.randint(1, 2)):
            self.f.statements(0, self.r.randint(0, 1))
            self.go(loop)

    def generate(self, depth):
        labels = self.f.labels
        self.emit(self.i32(self.r.choice([1, 4, 20, 50])))
        self.set(self.rounds)
        self.set_state()
        self.emit(b"\x02\x40\x03\x40", b"\x02\x40" * self.count)
        labels += ["", None, *[""] * self.count]
        self.get(self.state)
        targets = [self.r.choice([*range(self.count), self.count + 1]) for _ in range(self.r.randint(0, self.count + 1))]
        default = self.r.randrange(self.count)
        self.emit(b"\x0e", self.leb(len(targets)), *(self.leb(t) for t in targets), self.leb(default))
        for loop in reversed(range(self.count)):
            labels.pop()
            self.emit(b"\x0b")
            self.one_state(depth, loop)
        del labels[-2:]
        self.emit(b"\x0b\x0b")
