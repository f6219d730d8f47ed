# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Random accesses near each other, for random_module.py, whose Function they extend: what the compiler
learns from one about the next (codegen/emit/emit_address.c).

A few pointers, often at an edge of the memory or of the 32-bit addresses, are loaded from, stored to and
moved, with constants added before and static offsets besides; in arms that may not run, in blocks that are
left early and in short loops; the memory may grow in between. A sum of what was loaded goes into an ordinary
local. Where a module has a second memory, of 64-bit addresses or small pages, the accesses may be to that.
"""

from random_shape import Shape

LOADS = [("i32_load", 4), ("i32_load8_u", 1), ("i32_load8_s", 1), ("i32_load16_u", 2)]
STORES = ["i32_store", "i32_store8", "i32_store16"]
LONG_STORES = ["i64_store", "i64_store", "i64_store32", "i64_store16"]
DISTANCES = [1, 2, 3, 4, 4, 8, 8, 12, 16, 16, 64, 1000, 65535, 65536, 65537]
STARTS = [0, 1, 3, 4, 8, 15, 16, 64, 100, 1024, 2000, 30000, 65000, 65520, 65528, 65532, 65535]
WILD = [65536, 65540, 131072, -1, -4, -8, -16, -65536, -65537, -65600, 0x7FFFFFFF]


class Near(Shape):
    def __init__(self, function, code, leb, i32):
        super().__init__(function, code, leb, i32)
        self.memories = function.m.memories
        self.memory = self.r.choice([0, 1, 1]) if self.memories.second is not None else 0
        self.wide = self.memories.is_wide(self.memory)
        self.pointers = [function.new_counter("l" if self.wide else "i") for _ in range(self.r.randint(1, 3))]
        self.sum, self.left = function.new_counter(), self.r.randint(4, 24)
        self.calm = function.m.calm or self.r.random() < 0.6

    def distance(self):
        n = self.r.choice(DISTANCES[:10] if self.calm else DISTANCES)
        return -n if self.r.random() < (0.2 if self.calm else 0.45) else n

    def pointer(self):
        self.emit(b"\x20", self.r.choice(self.pointers))

    def constant(self, n):
        self.emit(self.i32(n))
        if self.wide:
            self.emit(self.code("i64_extend_i32_s"))

    def operation(self, name):
        self.emit(self.code(("i64_" if self.wide else "i32_") + name))

    def memarg(self, offset):
        return self.memories.memarg(self.memory, offset, self.leb)

    def add_constant(self):
        n, kind = self.distance(), self.r.random()
        self.constant(-n if kind < 0.25 else n)
        self.operation("sub" if kind < 0.25 else "add")

    def address(self):
        """An address on the stack; returns the memarg."""
        self.pointer()
        for _ in range(self.r.choice([0, 0, 1, 1, 1, 1, 2])):
            self.add_constant()
        if self.wide and not self.calm and self.r.random() < 0.05:
            return self.memarg(self.r.choice([1 << 32, (1 << 64) - 1, (1 << 64) - 8, 1 << 40, 0xFFFFFFFF]))
        return self.memarg(self.r.choice([0, 0, 0, 1, 4, 4, 8, 12, 16, 40]))

    def long_load(self):
        """Folded to 32 bits."""
        memarg = self.address()
        long = self.f.new_counter("l")
        self.emit(self.code("i64_load"), memarg, b"\x22", long, b"\x20", long)
        self.emit(b"\x42\x20", self.code("i64_shr_u"), self.code("i64_xor"), self.code("i32_wrap_i64"))

    def load(self):
        if self.r.random() < 0.3:
            return self.long_load()
        memarg = self.address()
        self.emit(self.code(self.r.choice(LOADS)[0]), memarg)

    # ---- statements ----

    def read(self):
        self.load()
        self.emit(b"\x20", self.sum, self.code(self.r.choice(["i32_add", "i32_xor"])), b"\x21", self.sum)

    def read_for_nothing(self):
        self.load()
        self.emit(b"\x1a")

    def update(self):
        """Changes a word of memory 0 where it stands."""
        if self.wide:
            return
        pointer, at = self.r.choice(self.pointers), self.leb(0) + self.leb(self.r.choice([0, 0, 4, 8]))
        t = self.r.choice(["i32", "i32", "i64"])
        self.emit(b"\x20", pointer, b"\x20", pointer, self.code(t + "_load"), at)
        kind = self.r.random()
        if kind < 0.3:
            bits = self.r.choice([1, 0x80, 0x100, 0x10000, 0x400000, -2, -0x101])
            self.emit(b"\x42" + self.i32(bits)[1:] if t == "i64" else self.i32(bits))
        else:
            if kind < 0.6:
                self.emit(self.i32(1))
            self.emit(b"\x20", self.r.choice([self.sum, *self.pointers]))
            if kind < 0.6:
                self.emit(self.code("i32_shl"))
            if t == "i64":
                self.emit(self.code("i64_extend_i32_u"))
        self.emit(self.code(f"{t}_{self.r.choice(['or', 'or', 'and', 'xor', 'add', 'sub', 'shr_u'])}"))
        self.emit(self.code(t + "_store"), at)

    def write_long(self):
        memarg = self.address()
        self.emit(b"\x20", self.sum, self.code("i64_extend_i32_s"), b"\x42\x07", self.code("i64_mul"))
        self.emit(self.code(self.r.choice(LONG_STORES)), memarg)

    def write(self):
        if self.r.random() < 0.25:
            return self.write_long()
        memarg = self.address()
        self.load() if self.r.random() < 0.3 else self.emit(b"\x20", self.sum)
        self.emit(self.code(self.r.choice(STORES)), memarg)

    def move(self):
        self.pointer()
        self.add_constant()
        self.emit(b"\x21", self.r.choice(self.pointers))

    def grow(self):
        self.constant(self.r.choice([0, 1, 1, 16]))
        self.emit(b"\x40", self.leb(self.memory), b"\x1a")

    def copy_across(self):
        """From any memory to any."""
        other = self.r.choice([0, self.memory])
        wide = self.wide and self.memories.is_wide(other)
        to, source = self.r.sample([self.memory, other], 2)
        for memory in (to, source):
            if memory == self.memory:
                self.pointer()
            else:
                self.emit(self.i32(self.r.choice([0, 1024, 65500])))
        self.emit(b"\x42" if wide else b"\x41", bytes([self.r.choice([0, 1, 8, 33])]))
        self.emit(b"\xfc\x0a", self.leb(to), self.leb(source))

    def condition(self):
        self.emit(b"\x20", self.sum, self.i32(self.r.choice([1, 2, 4, 3])), self.code("i32_and"))

    def branch(self):
        self.condition()
        self.emit(b"\x04\x40")
        self.statements(None)
        if self.r.random() < 0.5:
            self.emit(b"\x05")
            self.statements(None)
        self.end()

    def block(self):
        self.emit(b"\x02\x40")
        self.statements(None)
        if self.r.random() < 0.7:
            self.condition()
            self.emit(b"\x0d\x00")
            self.statements(None)
        if self.r.random() < 0.15:
            self.emit(b"\x0c\x00")
        self.end()

    def loop(self):
        counter = self.f.new_counter()
        self.emit(self.i32(self.r.choice([1, 2, 3, 8, 20])), b"\x21", counter, b"\x03\x40")
        self.statements(None)
        self.emit(b"\x20", counter, self.i32(1), self.code("i32_sub"), b"\x22", counter, b"\x0d\x00")
        self.end()

    def end(self):
        self.emit(b"\x0b")

    def statements(self, count):
        for _ in range(count or self.r.randint(1, 3)):
            if self.left > 0:
                self.left -= 1
                self.r.choices([self.read, self.write, self.update, self.read_for_nothing, self.move, self.branch,
                                self.block, self.loop, self.grow, self.copy_across],
                               [60, 50, 30, 30, 20, 20, 20, 10, 3, 3])[0]()

    def generate(self):
        for pointer in self.pointers:
            wild = not self.calm and self.r.random() < 0.2
            self.constant(self.r.choice(WILD if wild else STARTS[6:14] if self.calm else STARTS))
            if self.r.random() < 0.8:  # out of memory, so that nobody knows it
                self.emit(self.i32(self.r.randint(1024, 3000)), self.code("i32_load8_u"), self.leb(0) + self.leb(0))
                self.emit(self.i32(self.r.choice([1, 3, 7])), self.code("i32_and"))
                if self.wide:
                    self.emit(self.code("i64_extend_i32_u"))
                self.operation("add")
            self.emit(b"\x21", pointer)
        self.statements(self.left)
        self.emit(b"\x20", self.sum, b"\x21", self.f.pick_local("i"))
