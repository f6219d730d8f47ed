# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Random loops of 128-bit vectors in text, for random_text.py, as -msimd128 makes them, of which machines with
wider vectors do several rounds at once (codegen/passes/widen.c): all that works lane by lane or moves lanes,
from streams with strides of their own that may meet each other or the end of memory, sums, and what a round has
from the one before. A body may be the same several times, at one place after the other (reroll.c).
"""
import random

import text_words as w
from text_words import const, get, op, put

STRIDES = [16] * 12 + [8, 4, 32, 48, 0, -16, 12, 1, 64]
DISTANCES = [*range(0, 20), 24, 31, 32, 33, 40, 47, 48, 63, 64, 65, 80, 96, 128, 500, 1000, 2000]
ROUNDS = [*range(1, 20), 23, 31, 32, 33, 40, 63, 64, 65, 70]
SUMS = (w.shaped(w.INTEGER_SHAPES, "add") + w.shaped(w.INTEGER_SHAPES[:3], "min_s min_u max_s max_u")
        + w.shaped(("i16x8", "i32x4"), "mul") + w.shaped(("v128",), "and or xor") + ["i32x4.sub", "i8x16.add_sat_u"])
# The same on all machines, of operands that are small enough, or masks.
EXACT = [("i8x16.relaxed_swizzle", "any", 15), ("i16x8.relaxed_dot_i8x16_i7x16_s", "any", 127),
         ("i16x8.relaxed_q15mulr_s", "any", 127), ("i32x4.relaxed_trunc_f32x4_s", 15), ("f32x4.relaxed_madd", 3, 3, 3)]
CANONICAL = {shape: f"v128.const {shape}{' nan' * w.LANES[shape][0]}" for shape in w.FLOAT_SHAPES}
LANE_STORES = [(8, 16), (16, 8), (32, 4), (64, 2)]
END = 65536


class VectorLoop:
    """A function: places of its streams, and a number of rounds."""

    def __init__(self, r, number, index, is_deterministic):
        self.r, self.number, self.index, self.is_deterministic = r, number, index, is_deterministic
        self.strides = [r.choice(STRIDES[:12] if r.random() < 0.6 else STRIDES) for _ in range(r.randint(1, 4))]
        self.values = [f"$v{i}" for i in range(r.randint(1, 4))]
        self.sums = [(f"$s{i}", r.choice(SUMS)) for i in range(r.randint(0, 2))]
        self.copies = r.choice([1] * 7 + [2, 4])
        self.may_keep = r.random() < 0.3  # values of the round before
        self.known = []  # values of this round
        self.shape = r.choice(w.FLOAT_SHAPES)  # of most floats
        self.has_floats = r.random() < 0.5

    # ---- values ----

    def place(self, copy):
        i = self.r.randrange(len(self.strides))
        offset = self.r.choice([0, 0, 0, 4, 16, 32]) + copy * self.strides[i]
        return f"offset={max(offset, 0)} align=1", get(f"$p{i}")

    def load(self, copy):
        r = self.r
        if r.random() < 0.05:
            bits, lanes = r.choice(LANE_STORES)
            offset, pointer = self.place(copy)
            return op(f"v128.load{bits}_lane {offset} {r.randrange(lanes)}", pointer, self.leaf(copy, 0))
        name = "v128.load" if r.random() < 0.75 else r.choice(w.LOADS["v128"])[0]
        return op(name, *self.place(copy))

    def leaf(self, copy, loads=0.5):
        kind = self.r.random()
        if kind < loads:
            return self.load(copy)
        names = self.values if self.may_keep else self.known
        return get(self.r.choice(names + ["$fixed"])) if kind < 0.92 else w.random_vector(self.r)

    def masked(self, copy, most):
        return op("v128.and", self.leaf(copy), op("i32x4.splat", const("i32", most * 0x01010101)))

    def exact(self, copy):
        name, *operands = self.r.choice(EXACT)
        texts = [self.leaf(copy) if most == "any" else self.masked(copy, most) for most in operands]
        if "f32x4" in name:
            texts = [op("f32x4.convert_i32x4_s", text) for text in texts]
            texts = [op("f32x4.min", text, "(v128.const f32x4 1000 1000 1000 1000)") for text in texts]
        return op(name, *texts)

    def canonical(self, shape, value):
        if self.is_deterministic:
            return value
        same = op(f"{shape}.eq", get("$x"), get("$x"))
        return op("v128.bitselect", f"(local.tee $x {value})", f"({CANONICAL[shape]})", same)

    def float(self, copy, depth):
        r = self.r
        name = r.choice(w.VECTOR_FLOAT_BINARY + w.VECTOR_FLOAT_UNARY)
        if r.random() < 0.7:
            name = self.shape + name[name.index("."):]
        if "_" in name:
            name = r.choice(w.VECTOR_FLOAT_UNARY[-2:])
        count = 2 if name in w.VECTOR_FLOAT_BINARY else 1
        return self.canonical(name[:5], op(name, *(self.value(copy, depth) for _ in range(count))))

    def value(self, copy, depth):
        r, kind = self.r, self.r.random()
        if depth == 0 or kind < 0.1:
            return self.leaf(copy)
        if self.has_floats and kind < 0.35:
            return self.float(copy, depth - 1)
        if kind < 0.4:
            return self.exact(copy)
        a, b = self.value(copy, depth - 1), self.leaf(copy)
        if kind < 0.65:
            return op(r.choice(w.VECTOR_BINARY + w.shaped(w.FLOAT_SHAPES, "pmin pmax")), a, b)
        if kind < 0.78:
            return op(r.choice(w.VECTOR_UNARY), a)
        if kind < 0.84:
            first = r.randrange(17)
            lanes = range(first, first + 16) if r.random() < 0.4 else [r.randrange(32) for _ in range(16)]
            return op("i8x16.shuffle", *map(str, lanes), a, b)
        if kind < 0.9:
            by = r.choice([const("i32", r.choice([0, 1, 3, 7, 8, 16, 31, 63, 64, -1])), get("$by")])
            return op(r.choice(w.shaped(w.INTEGER_SHAPES, "shl shr_s shr_u")), a, by)
        if kind < 0.95:
            return self.of_lane(a, b)
        if self.is_deterministic:
            name, operands = r.choice(w.RELAXED)
            return op(name, *[a, b, self.leaf(copy)][:operands])
        return op("v128.bitselect", a, b, self.leaf(copy))

    def of_lane(self, a, b):
        shape = self.r.choice(w.INTEGER_SHAPES)
        lanes, t = w.LANES[shape]
        sign = "_u" if lanes >= 8 else ""
        lane = op(f"{shape}.extract_lane{sign} {self.r.randrange(lanes)}", a)
        if self.r.random() < 0.4:
            return op(f"{shape}.splat", op(f"{t}.add", lane, const(t, 3)))
        if self.r.random() < 0.3:
            return op("select", a, b, op(f"{t}.lt_s", lane, const(t, 100)))
        return op(f"{shape}.replace_lane {self.r.randrange(lanes)}", b, lane)

    # ---- the whole ----

    def store(self, copy):
        offset, pointer = self.place(copy)
        if self.r.random() < 0.85:
            return op(f"v128.store {offset}", pointer, get(self.r.choice(self.known)))
        bits, lanes = self.r.choice(LANE_STORES)
        return op(f"v128.store{bits}_lane {offset} {self.r.randrange(lanes)}", pointer, get(self.r.choice(self.known)))

    def round(self, copy):
        r, lines = self.r, []
        self.known = []
        for value in self.values:
            if self.known and self.may_keep and r.random() < 0.3:
                continue
            lines.append(put(value, self.value(copy, r.randint(1, 3))))
            self.known.append(value)
            if r.random() < 0.4:
                lines.append(self.store(copy))
        return lines + [put(total, op(name, get(total), get(r.choice(self.known)))) for total, name in self.sums]

    def body(self):
        """Copies differ in their places only."""
        lines, state = [], self.r.getstate()
        for copy in range(self.copies):
            self.r.setstate(state)
            lines += self.round(copy)
        return lines

    def text(self):
        t, pointers = self.index, [f"$p{i}" for i in range(len(self.strides))]
        lines = [f"(func $f{self.number}"] + [f"(param {p} {t})" for p in pointers] + ["(param $n i32) (param $by i32)"]
        locals_ = self.values + [total for total, _ in self.sums] + ["$x", "$fixed"]
        lines += [f"(local {name} v128)" for name in locals_]
        lines += [put("$fixed", op("v128.load", get("$p0")))]
        lines += ["(loop $L", *self.body()]
        lines += [put(p, op(f"{t}.add", get(p), const(t, stride * self.copies))) for p, stride in zip(pointers, self.strides)]
        lines += ["(br_if $L (local.tee $n (i32.sub (local.get $n) (i32.const 1)))))"]
        shown = self.values + [total for total, _ in self.sums]
        return "\n ".join(lines + [op("v128.store", const(t, 16 * i), get(name)) for i, name in enumerate(shown)] + [")"])

    def call(self):
        """Its streams are near each other, or end near the end of memory."""
        r, t = self.r, self.index
        rounds = r.choice(ROUNDS)
        spans = [stride * rounds * self.copies for stride in self.strides]
        at = r.choice([600, 4096, 20000])
        if r.random() < 0.15:
            at = END - max(*spans, 0) - r.choice([*range(0, 60), 100, 200])
        places = [at] + [at + r.choice([-1, 1]) * r.choice(DISTANCES) for _ in spans[1:]]
        places = [max(place, 0) + max(-span, 0) for place, span in zip(places, spans)]
        arguments = [op(f"{t}.add", f"(global.get $zero_{t})", const(t, place)) for place in places]
        return op(f"call $f{self.number}", *arguments, const("i32", rounds), const("i32", r.randrange(70)))


def vectors_text(seed, index, is_deterministic):
    r = random.Random(seed)
    functions = [VectorLoop(r, i, index, is_deterministic) for i in range(6)]
    data = "".join(f"\\{r.choice([0, 0xFF, 0x7F, 0x80, 0xC0, *[r.randrange(256)] * 9]):02x}" for _ in range(24576))
    wide = "i64 " if index == "i64" else ""
    parts = ["(module", f'(memory (export "memory") {wide}1 1)', f'(data ({index}.const 0) "{data}")',
             *(f"(global $zero_{t} (mut {t}) ({t}.const 0))" for t in w.INTEGERS), *(f.text() for f in functions)]
    for i in range(5 * len(functions)):
        parts.append(f'(func (export "t{i}") {functions[i // 5].call()})')
    return "\n".join(parts + [")"])
