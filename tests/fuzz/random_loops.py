# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Random loops that fill, copy, compare or search memory, as the compiler recognises them
(codegen/plan/idiom.c), and ones that are nearly such: for random_module.py, whose Function they extend.

Three locals move: the address that is written or searched, that which is read, and a counter. Their
last values go into an ordinary local, so that they are seen.
"""

from random_shape import Shape

PIECES = {1: ("i32_load8_u", "i32_store8"), 2: ("i32_load16_s", "i32_store16"), 4: ("i32_load", "i32_store"),
          8: ("i64_load", "i64_store")}
SHAPES = [[1], [1], [1], [1], [2], [4], [8], [1, 1], [4, 4], [8, 8], [4, 4, 4, 4], [8, 8, 8, 8], [1, 1, 1, 1], [1, 2, 1],
          [4, 2, 2], [8, 4, 4], [4, 4, 4]]
DISTANCES = [0, 1, 2, 3, 4, 7, 8, 12, 16, 24, 31, 32, 33, 64, 100, 256, 1000, 5000, -1, -2, -4, -5, -8, -16, -32, -60,
             -100, -800]


class MemoryLoop(Shape):
    def __init__(self, function, code, leb, i32):
        super().__init__(function, code, leb, i32)
        self.dest, self.source, self.counter = (function.new_counter() for _ in range(3))
        self.down = self.r.random() < 0.4
        self.pieces = self.r.choice(SHAPES)
        self.tile = sum(self.pieces)
        self.count = self.r.choice([1, 2, 3, 7, 16, 33, 64, 65, 100, 300, 600])
        self.step = -self.tile if self.down else self.tile
        if self.r.random() < 0.03:
            self.step += self.r.choice([-1, 1])

    def address(self, local, at):
        """The address local + at, some of it as static offset; returns the memarg."""
        offset = self.r.choice([at, 0, at + 4, at + 16])
        self.emit(b"\x20", local)
        if at != offset:
            self.emit(self.i32(at - offset), self.code("i32_add"))
        return self.leb(0) + self.leb(offset)

    def load(self, local, at, size):
        memarg = self.address(local, at)
        self.emit(self.code(PIECES[size][0]), memarg)

    def places(self):
        """The pieces of an iteration with their places, in some order."""
        places, at = [], 0
        for size in self.pieces:
            places.append((at, size))
            at += size
        kind = self.r.random()
        if kind < 0.2:
            self.r.shuffle(places)
        elif self.down and kind < 0.8:
            places.reverse()
        return places

    # ---- what an iteration does ----

    def fill(self):
        value = self.r.choice([0, 0x55555555, 0x1234, -1, self.r.getrandbits(31)])
        for at, size in self.places():
            memarg = self.address(self.dest, at)
            self.emit(b"\x42" + self.i32(value)[1:] if size == 8 else self.i32(value))
            self.emit(self.code(PIECES[size][1]), memarg)

    def copy(self):
        for at, size in self.places():
            memarg = self.address(self.dest, at)
            self.load(self.source, at, size)
            self.emit(self.code(PIECES[size][1]), memarg)

    def copy_late(self):
        places = self.places()
        kept = [self.f.new_local("l" if size == 8 else "i") for _, size in places]
        for local, (at, size) in zip(kept, places):
            self.load(self.source, at, size)
            self.emit(b"\x21", local)
        for local, (at, size) in zip(kept, places):
            memarg = self.address(self.dest, at)
            self.emit(b"\x20", local, self.code(PIECES[size][1]), memarg)

    def copy_until_zero(self):
        """Left after a byte that is zero, as strcpy."""
        value = self.f.new_counter()
        memarg = self.address(self.dest, 0)
        self.load(self.source, 0, 1)
        self.emit(b"\x22", value, self.code("i32_store8"), memarg)
        self.emit(b"\x20", value, self.code("i32_eqz"), b"\x0d\x01")

    def compare(self):
        size = self.r.choice([1, 1, 1, 4, 8])
        self.pieces, self.tile, self.step = [size], size, -size if self.down else size
        self.load(self.dest, 0, size)
        self.load(self.source, 0, size)
        self.emit(self.code("i64_ne" if size == 8 else "i32_ne"), b"\x0d\x01")

    def search(self):
        self.step = -1 if self.down else 1
        byte = self.r.choice([0, 0, 0, 7, 65, 255])
        self.load(self.dest, 0, 1)
        if byte == 0:
            self.emit(self.code("i32_eqz"), b"\x0d\x01")
        else:
            self.emit(self.i32(byte), self.code("i32_eq"), b"\x0d\x01")

    def search_words(self):
        """Four bytes at a time, left at a word with a zero in it; the two ways to say it."""
        self.step = 4
        word = self.f.new_counter()
        self.load(self.dest, 0, 4)
        self.emit(b"\x21", word)
        if self.r.random() < 0.5:
            self.emit(b"\x20", word, self.i32(-1), self.code("i32_xor"))
            self.emit(b"\x20", word, self.i32(-0x01010101), self.code("i32_add"), self.code("i32_and"))
            self.emit(self.i32(-0x7F7F7F80), self.code("i32_and"), b"\x0d\x01")
        else:
            self.emit(self.i32(0x01010100), b"\x20", word, self.code("i32_sub"), b"\x20", word, self.code("i32_or"))
            self.emit(self.i32(-0x7F7F7F80), self.code("i32_and"), self.i32(-0x7F7F7F80), self.code("i32_ne"), b"\x0d\x01")

    def compare_carried(self):
        """As strncmp: a byte is compared that the iteration before has loaded; and left at a zero."""
        self.step = -1 if self.down else 1
        carried, other = self.f.new_counter(), self.f.new_counter()
        self.emit(b"\x20", carried)
        self.load(self.source, 0, 1)
        self.emit(b"\x22", other, self.code("i32_ne"), b"\x0d\x01")
        self.emit(b"\x20", other, self.code("i32_eqz"), b"\x0d\x01")
        self.load(self.dest, max(self.step, 0), 1)
        self.emit(b"\x21", carried)

    def search_class(self):
        """Goes on at once for some bytes, by a count for others, as what skips spaces."""
        self.step = -1 if self.down else 1
        byte = self.f.new_counter()
        name = self.r.choice(["i32_load8_u", "i32_load8_s"])
        self.emit(b"\x20", self.dest, self.code(name), self.leb(0) + self.leb(self.r.choice([0, 1, 9])), b"\x21", byte)
        self.move(self.dest, self.step)
        self.emit(b"\x20", byte, self.i32(self.r.choice([0, 32, 97])), self.code("i32_eq"))
        self.emit(b"\x20", self.source, self.i32(1), self.code("i32_add"), b"\x22", self.source)
        self.emit(self.i32(self.r.choice([50, 5000, -1])), self.code("i32_ne"), self.code("i32_and"), b"\x0d\x00")
        self.emit(b"\x20", byte, self.i32(self.r.choice([9, -5, 200])), self.code("i32_sub"))
        self.emit(self.i32(self.r.choice([5, 120, 1000])), self.code("i32_lt_u"), self.code("i32_eqz"), b"\x0d\x01")

    # ---- the loop ----

    def move(self, local, step):
        op = "i32_add"
        if self.r.random() < 0.3:
            op, step = "i32_sub", -step
        self.emit(b"\x20", local, self.i32(step), self.code(op), b"\x21", local)

    def start(self):
        """Where the locals begin; now and then so that the loop leaves the memory."""
        span = self.tile * self.count
        lows = [5000, 10000, 20000, 30000]
        if not self.f.m.calm:
            lows = [0, 1000, 1024, 2000, 4096, 30000, 50000, 65536 - span, 65536 - span + self.r.randint(-9, 9)]
        low = self.r.choice(lows)
        source = max(0, low - self.r.choice(DISTANCES))
        if self.down:
            low, source = low + span - self.tile, source + span - self.tile
        self.emit(self.i32(low), b"\x21", self.dest, self.i32(source), b"\x21", self.source)

    def guards(self):
        """(start of the counter, its step, what is compared with, the comparison)."""
        n, each = self.count, self.r.choice([1, 1, 4, self.tile])
        return self.r.choice([
            (n * each, -each, 0, "i32_ne"), (0, each, n * each, "i32_ne"), (0, each, n * each, "i32_lt_u"),
            (0, each, n * each, "i32_lt_s"), (n * each + 3, -each, 3, "i32_gt_u"), (-n * each, each, 0, "i32_lt_s"),
            (n * each, -each, each, "i32_ge_u"), (n * each, -each, 1, "i32_ge_s"), (-5, each, n * each, "i32_le_s"),
            (n * each, -each, 0, "i32_gt_s"), (0, each, n * each - 1, "i32_le_u")])

    def generate(self):
        begin, step, limit, comparison = self.guards()
        self.emit(b"\x02\x40\x03\x40")
        shape = self.r.choice([self.fill, self.fill, self.copy, self.copy, self.copy, self.copy_late,
                               self.copy_until_zero, self.compare, self.compare, self.search, self.search_words,
                               self.compare_carried, self.search_class])
        first = len(self.f.out)
        shape()
        self.move(self.dest, self.step)
        self.move(self.source, self.step)
        self.emit(b"\x20", self.counter, self.i32(step), self.code("i32_add"), b"\x22", self.counter)
        if comparison != "i32_ne" or limit or self.r.random() < 0.5:
            self.emit(self.i32(limit), self.code(comparison))
        self.emit(b"\x0d\x00\x0b\x0b")
        body = bytes(self.f.out[first:])
        del self.f.out[first - 4:]
        self.start()
        self.emit(self.i32(begin), b"\x21", self.counter, b"\x02\x40\x03\x40", body)
        kept = self.f.pick_local("i")
        self.emit(b"\x20", self.dest, b"\x20", self.source, self.i32(31), self.code("i32_mul"), self.code("i32_add"))
        self.emit(b"\x20", self.counter, self.i32(37), self.code("i32_mul"), self.code("i32_add"), b"\x21", kept)
