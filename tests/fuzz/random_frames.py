# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Random use of a stack in linear memory, as compilers of C make it: for random_module.py, whose Function
and Module they extend, and codegen/passes/frame.c and inline.c.

A frame is made below the stack pointer, a global; structs in it are written in pieces and read in others,
copied, passed by address to small functions and got back from them; an address may be kept in memory and
used later, and a function may call itself. The stack pointer is now and then one whose frames wrap.
"""

from random_shape import Shape

PIECES = [("i32", "i32_store", "i32_load", 4), ("i64", "i64_store", "i64_load", 8), ("i32", "i32_store8", "i32_load8_u", 1),
          ("i32", "i32_store16", "i32_load16_s", 2), ("i64", "i64_store32", "i64_load32_u", 4),
          ("f32", "f32_store", "f32_load", 4), ("f64", "f64_store", "f64_load", 8), ("i64", "i64_store8", "i64_load8_s", 1)]
SIGNATURES = [("ii", "i"), ("ii", "i"), ("iii", "i"), ("iiii", "i")]  # two of them are places
STACKS = [4096, 4096, 30000, 60000, 65520, 65536, 65552, 64, 40, 16, 8, 0]
STACK = b"\x01"  # the global


def stack(module):
    """Where the stack pointer is when a function is called from outside."""
    return module.r.choice(STACKS[:4] if module.calm else STACKS)


class Frame(Shape):
    def __init__(self, function, code, leb, i32):
        super().__init__(function, code, leb, i32)
        self.sum, self.long = function.new_counter(), function.new_counter("l")
        self.size, self.places = 0, []

    # ---- places ----

    def pick(self):
        """(local, offset) somewhere in a struct, or nearly."""
        local, room = self.r.choice(self.places)
        return local, self.r.choice([0, 0, 4, 8, 8, 12, 16, 1, 2, 5, self.r.randrange(room + 8)]) % (room + 8)

    def address(self, local, at):
        """Of local + at, some of it as static offset; returns the memarg."""
        offset = self.r.choice([at, at, 0, max(0, at - 4)])
        self.get(local)
        if at - offset:
            self.emit(self.i32(at - offset), self.code("i32_add"))
        elif self.r.random() < 0.1:
            by = self.r.choice([4, 8, 16, self.size])
            if by <= offset:
                offset -= by
                self.emit(self.i32(by), self.code("i32_add"))
            else:
                offset += by
                self.emit(self.i32(by), self.code("i32_sub"))
        return self.leb(0) + self.leb(offset)

    def value(self, t):
        """From the sums, as t."""
        if t in ("i32", "f32"):
            self.get(self.sum)
            self.emit(self.i32(self.r.choice([1, 3, 0x01020304, -7])), self.code(self.r.choice(["i32_add", "i32_mul"])))
            if t == "f32":
                self.emit(self.code("f32_convert_i32_s"))
            return
        self.get(self.long)
        self.get(self.sum)
        self.emit(self.code("i64_extend_i32_u"), self.code(self.r.choice(["i64_add", "i64_xor", "i64_mul"])))
        if t == "f64":
            self.emit(self.code("f64_convert_i64_s"))

    def take(self, t):
        """What is on the stack goes into a sum."""
        if t in ("f32", "f64"):
            self.emit(self.code("i32_reinterpret_f32" if t == "f32" else "i64_reinterpret_f64"))
        if t in ("i32", "f32"):
            self.get(self.sum)
            self.emit(self.i32(5), self.code("i32_mul"), self.code("i32_add"))
            self.set(self.sum)
        else:
            self.get(self.long)
            self.emit(b"\x42\x07", self.code("i64_mul"), self.code("i64_add"))
            self.set(self.long)

    # ---- statements ----

    def store(self):
        t, store, _, size = self.r.choice(PIECES[:2] * 3 + PIECES)
        local, at = self.pick()
        memarg = self.address(local, at - at % size if self.r.random() < 0.7 else at)
        self.value(t)
        self.emit(self.code(store), memarg)

    def load(self):
        t, _, load, size = self.r.choice(PIECES[:2] * 3 + PIECES)
        local, at = self.pick()
        memarg = self.address(local, at - at % size if self.r.random() < 0.7 else at)
        self.emit(self.code(load), memarg)
        self.take(t)

    def copy(self):
        """A struct, or a part of it."""
        (to, at), (source, start) = self.pick(), self.pick()
        t, store, load, size = self.r.choice(PIECES[:2])
        for n in range(0, self.r.choice([8, 8, 16, 24]), size):
            memarg = self.address(to, at + n)
            memarg_of_load = self.address(source, start + n)
            self.emit(self.code(load), memarg_of_load, self.code(store), memarg)

    def both(self):
        """Two ways that meet."""
        self.get(self.sum)
        self.emit(self.i32(self.r.choice([1, 2, 4])), self.code("i32_and"), b"\x04\x40")
        self.simple()
        if self.r.random() < 0.5:
            self.emit(b"\x05")
            self.simple()
        self.emit(b"\x0b")

    def simple(self):
        self.r.choices([self.store, self.load, self.copy], [3, 3, 2])[0]()

    def keep(self):
        """An address goes to memory, and what is there is an address."""
        at = self.leb(2) + self.leb(self.r.choice([1500, 1504]))
        if self.r.random() < 0.5:
            self.emit(self.i32(0))
            self.get(self.pick()[0])
            self.emit(self.code("i32_store"), at)
        else:
            self.emit(self.i32(0), self.code("i32_load"), at)
            if self.r.random() < 0.9:
                self.emit(self.i32(0xFFF8), self.code("i32_and"))
            self.get(self.sum)
            self.emit(self.code("i32_store"), self.leb(0) + self.leb(self.r.choice([0, 4])))

    def elsewhere(self):
        """A local with an address of which the compiler knows nothing, often one in or near the frame."""
        other = self.f.new_counter()
        self.get(self.sum)
        if self.r.random() < 0.6:
            self.emit(self.i32(self.r.choice([8, 24, 56, 63])), self.code("i32_and"))
            self.get(self.pick()[0])
            self.emit(self.code("i32_add"), self.i32(self.r.choice([-32, -8, 0, 4, 40])), self.code("i32_add"))
        else:
            self.emit(self.i32(self.r.choice([0xFFF8, 0xFFFF, 0x7FC])), self.code("i32_and"))
        self.set(other)
        return other

    def interleave(self):
        """Pieces to the frame, something elsewhere, all of it from the frame; some times over."""
        other, (local, start) = self.elsewhere(), self.r.choice(self.places)
        for n in range(0, 8 * self.r.randint(3, 8), 8):
            at = self.r.choice([n, n, max(0, start - 8)])
            for half in (0, 4):
                memarg = self.address(local, at + half)
                self.value("i32")
                self.emit(self.code("i32_store"), memarg)
            memarg = self.address(other, self.r.choice([n, n, 0]))
            t, store, _, _ = self.r.choice(PIECES)
            self.value(t)
            self.emit(self.code(store), memarg)
            memarg = self.address(local, at)
            self.emit(self.code("i64_load"), memarg)
            self.take("i64")
            if self.r.random() < 0.2:
                self.load()

    def fill(self):
        local, at = self.pick()
        self.get(local)
        self.emit(self.i32(at), self.code("i32_add"), self.i32(self.r.choice([0, 255])),
                  self.i32(self.r.choice([0, 4, 8, 32])), b"\xfc\x0b\x00")

    def pass_places(self):
        helper = self.f.m.frame_helper(self.f)
        if helper is None:
            return self.simple()
        function, params = helper
        for n, _ in enumerate(params):
            if n < 2 or self.r.random() < 0.3:
                local, at = self.pick()
                self.get(local)
                if at:
                    self.emit(self.i32(at), self.code("i32_add"))
            else:
                self.get(self.sum)
        self.emit(b"\x10", self.leb(function))
        self.take("i32")

    def statements(self, count, shapes):
        for shape in self.r.choices([s for s, _ in shapes], [w for _, w in shapes], k=count):
            shape()

    # ---- the whole ----

    def straight(self, params):
        """The body of a small function: the first two parameters are structs."""
        self.size = 32
        self.places = [(self.leb(0), self.r.choice([8, 16, 24])), (self.leb(1), self.r.choice([8, 16, 24]))]
        for n in range(2, len(params)):
            self.get(self.leb(n))
            self.take("i32")
        shapes = [(self.store, 4), (self.load, 4), (self.copy, 1)]
        if self.r.random() < 0.2:
            shapes.append((self.both, 1))
        self.statements(self.r.randint(2, 12), shapes)
        self.get(self.sum)

    def recurse(self):
        """The function calls itself, with what it has or constants."""
        index, params, results = self.f.index, self.f.params, self.f.results
        if index is None:
            return self.simple()
        for t in params:
            self.f.leaf(t)
        self.emit(b"\x10", self.leb(index))
        for t in reversed(results):
            if t in "il":
                self.take("i32" if t == "i" else "i64")
            else:
                self.emit(b"\x1a")

    def generate(self):
        self.size = self.r.choice([16, 32, 48, 64, 128, 512])
        base = self.f.new_counter()
        self.emit(b"\x23", STACK, self.i32(self.size), self.code("i32_sub"), b"\x22", base, b"\x24", STACK)
        at = 0
        while at < self.size and len(self.places) < 4:
            room = min(self.size - at, self.r.choice([8, 16, 16, 24, 32]))
            local = base if at == 0 or self.r.random() < 0.6 else self.f.new_counter()
            if local != base:
                self.get(base)
                self.emit(self.i32(at), self.code("i32_or" if self.r.random() < 0.1 else "i32_add"))
                self.set(local)
            self.places.append((local, room) if local != base else (base, at + room))
            at += room
        shapes = [(self.store, 8), (self.load, 8), (self.copy, 4), (self.pass_places, 6), (self.both, 2), (self.keep, 1),
                  (self.interleave, 2), (self.fill, 1), (self.recurse, 0.2)]
        self.statements(self.r.randint(4, 25), shapes)
        self.get(base)
        self.emit(self.i32(self.size), self.code("i32_add"), b"\x24", STACK)
        self.get(self.sum)
        self.get(self.long)
        self.emit(self.code("i32_wrap_i64"), self.code("i32_xor"))
        self.set(self.f.pick_local("i"))
