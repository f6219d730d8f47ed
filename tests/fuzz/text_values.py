# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Random values in text, for random_text.py: arithmetic, conversions, vectors, and accesses of memory, at its
ends too. What is observable is determined: a NaN is made canonical before its bits can be seen, but in modules
that are compiled deterministically.
"""
import text_words as w
from text_words import const, get, op, put


class Values:
    """Part of a function (random_text.Function), with its module m and the source r of random numbers."""

    def value(self, t, depth):
        """An expression of the type."""
        self.size += 1
        if depth <= 0 or self.size > self.m.limit or t not in self.m.types or self.r.random() < 0.12:
            return self.leaf(t)
        shapes = [(self.computed, 55), (self.loaded, 12), (self.selected, 5), (self.arms, 4), (self.left, 4),
                  (self.switched, 4), (self.looped, 4), (self.several, 3), (self.called, 4), (self.tee, 2),
                  (self.guarded, 3), (self.special, 4)]
        return self.r.choices([s for s, _ in shapes], [n for _, n in shapes])[0](t, depth - 1)

    def leaf(self, t):
        local = self.local(t)
        if local and self.r.random() < 0.6:
            return get(local)
        globals_of = [i for i, kind in enumerate(self.m.globals) if kind == t]
        if globals_of and self.r.random() < 0.4:
            return f"(global.get $g{self.r.choice(globals_of)})"
        return self.m.constant(t)

    def canonical(self, t, value):
        return op(f"call $canonical_{t}", value) if t in w.FLOATS and not self.m.deterministic else value

    def masked(self, depth, *masks):
        return op("i32.and", self.value("i32", depth), const("i32", self.r.choice(masks)))

    def tee(self, t, depth):
        local = self.local(t)
        return op("local.tee", local, self.value(t, depth)) if local else self.leaf(t)

    def selected(self, t, depth):
        return op("select", self.value(t, depth), self.value(t, depth), self.value("i32", depth))

    # ---- memory ----

    def index(self, value):
        """An i32 as an address."""
        return op("i64.extend_i32_u", value) if self.m.index == "i64" else value

    def address(self, depth, size):
        """The offset and alignment of an access, and its address: mostly in bounds, else around an end."""
        r, t = self.r, self.m.index
        offset = r.choice([0] * 6 + [1, 4, 8, 16, 100, 4096, 60000])
        if r.random() < 0.02:
            offset = r.choice([65520, 65535, 65536, 0x7FFFFFFF, 0xFFFFFFFF] + [1 << 32, (1 << 64) - 8] * (t == "i64"))
        kind = r.random()
        if kind < 0.05:
            at = const(t, (self.m.pages * 65536 - offset - size + r.randint(-2, 2)) % (1 << int(t[1:])))
            address = op(f"{t}.add", f"(global.get $zero_{t})", at) if r.random() < 0.5 else at
        elif kind < 0.1:
            address = op(f"{t}.sub", f"(global.get $zero_{t})", const(t, r.choice([1, 4, 8, 16, offset])))
        elif kind < 0.12:
            address = self.value(t, depth)
        elif kind < 0.45:
            address = const(t, r.randint(0, 3000))
        else:
            address = self.index(self.masked(depth, 0xFF, 0xFFF, 0x7FF8, 0xFFF0))
            if r.random() < 0.3:
                address = op(f"{t}.add", address, const(t, r.choice([8, 16, 64, 1000])))
        align = r.choice([n for n in (1, 1, 2, 4, 8, 16) if n <= size])
        return f"offset={offset} align={align}", address

    def loaded(self, t, depth):
        name, size = self.r.choice(w.LOADS[t])
        return op(name, *self.address(depth, size))

    # ---- numbers ----

    def computed(self, t, depth):
        return {"v128": self.vector, "f32": self.float, "f64": self.float}.get(t, self.integer)(t, depth)

    def integer(self, t, depth):
        r, kind = self.r, self.r.random()
        a, b = self.value(t, depth), self.value(t, depth)
        if kind < 0.5:
            return op(f"{t}.{r.choice(w.ARITHMETIC[t])}", a, self.m.constant(t) if r.random() < 0.3 else b)
        if kind < 0.57:
            b = b if r.random() < 0.15 else op(f"{t}.or", b, const(t, 1))
            return op(f"{t}.{r.choice(w.DIVISIONS)}", op(f"{t}.shr_u", a, const(t, 1)) if r.random() < 0.8 else a, b)
        if kind < 0.65:
            return op(f"{t}.{r.choice(w.UNARY[t])}", a)
        if kind < 0.75 and t == "i32":
            return self.compared(r.choice(w.SCALARS), depth)
        if kind < 0.83:
            return self.truncated(t, r.choice(w.FLOATS), depth)
        if kind < 0.9:
            of = {"i32": "f32", "i64": "f64"}[t]
            return op(f"{t}.reinterpret_{of}", self.canonical(of, self.value(of, depth)))
        if t == "i64":
            return op(f"i64.extend_i32_{r.choice('su')}", self.value("i32", depth))
        if "v128" in self.m.types and r.random() < 0.6:
            shape = r.choice(("i8x16", "i16x8"))
            lane = f"{shape}.extract_lane_{r.choice('su')} {r.randrange(w.LANES[shape][0])}"
            return op(r.choice([lane, r.choice(w.VECTOR_TESTS)]), self.value("v128", depth))
        return op("i32.wrap_i64", self.value("i64", depth)) if r.random() < 0.7 else op("i32.eqz", a)

    def compared(self, t, depth):
        return op(f"{t}.{self.r.choice(w.COMPARISONS[t])}", self.value(t, depth), self.value(t, depth))

    def truncated(self, t, of, depth):
        saturating = "_sat" if self.r.random() < 0.85 else ""
        return op(f"{t}.trunc{saturating}_{of}_{self.r.choice('su')}", self.value(of, depth))

    def guarded(self, t, depth):
        """A conversion that traps, behind a question like that of C compilers, which may be a bit off."""
        if t not in w.INTEGERS:
            return self.computed(t, depth)
        r, of = self.r, self.r.choice(w.FLOATS)
        x, bits = self.fresh(of), int(t[1:])
        least = const(t, 1 << bits - 1)
        if r.random() < 0.5:
            limit = const(of, 1 << bits - 1 if r.random() < 0.9 else 1 << bits)
            question, convert = op(f"{of}.lt", op(f"{of}.abs", get(x)), limit), f"{t}.trunc_{of}_s"
        else:
            limit = const(of, 1 << bits if r.random() < 0.9 else 1 << bits + 1)
            question = op("i32.and", op(f"{of}.lt", get(x), limit), op(f"{of}.ge", get(x), const(of, 0)))
            convert = f"{t}.trunc_{of}_u"
        return (f"(block (result {t}) {put(x, self.value(of, depth))} (if (result {t}) {question} "
                f"(then {op(convert, get(x))}) (else {least})))")

    def float(self, t, depth):
        r, kind = self.r, self.r.random()
        if kind < 0.5:
            b = self.canonical(t, self.value(t, depth))  # its sign may be copied
            return self.canonical(t, op(f"{t}.{r.choice(w.ARITHMETIC[t])}", self.value(t, depth), b))
        if kind < 0.7:
            return self.canonical(t, op(f"{t}.{r.choice(w.UNARY[t])}", self.value(t, depth)))
        if kind < 0.85:
            of = r.choice(w.INTEGERS)
            return op(f"{t}.convert_{of}_{r.choice('su')}", self.value(of, depth))
        if kind < 0.93:
            name, of = ("f32.demote_f64", "f64") if t == "f32" else ("f64.promote_f32", "f32")
            return self.canonical(t, op(name, self.value(of, depth)))
        of = {"f32": "i32", "f64": "i64"}[t]
        return op(f"{t}.reinterpret_{of}", self.value(of, depth))

    # ---- vectors ----

    def vectors(self, count, depth):
        return [self.value("v128", depth) for _ in range(count)]

    def vector(self, _, depth):
        r, kind = self.r, self.r.random()
        shape = r.choice(list(w.LANES))
        count, lane = w.LANES[shape]
        if kind < 0.4:
            return op(r.choice(w.VECTOR_BINARY), *self.vectors(2, depth))
        if kind < 0.55:
            return op(r.choice(w.VECTOR_UNARY), *self.vectors(1, depth))
        if kind < 0.65:
            return self.vector_float(depth)
        if kind < 0.68:
            return op(r.choice(w.shaped(w.FLOAT_SHAPES, "pmin pmax")), *self.vectors(2, depth))
        if kind < 0.75:
            name = r.choice(w.shaped(w.INTEGER_SHAPES, "shl shr_s shr_u"))
            return op(name, *self.vectors(1, depth), self.value("i32", depth))
        if kind < 0.83:
            first = r.randrange(17)
            lanes = range(first, first + 16) if r.random() < 0.3 else [r.randrange(32) for _ in range(16)]
            return op("i8x16.shuffle", *map(str, lanes), *self.vectors(2, depth))
        if kind < 0.88:
            return op(f"{shape}.splat", self.canonical(lane, self.value(lane, depth)))
        if kind < 0.93:
            scalar = self.canonical(lane, self.value(lane, depth))
            return op(f"{shape}.replace_lane {r.randrange(count)}", *self.vectors(1, depth), scalar)
        if self.m.deterministic:
            name, operands = r.choice(w.RELAXED)
            return op(name, *self.vectors(operands, depth))
        return op("v128.bitselect", *self.vectors(3, depth))

    def vector_float(self, depth):
        name = self.r.choice(w.VECTOR_FLOAT_BINARY + w.VECTOR_FLOAT_UNARY)
        value = op(name, *self.vectors(2 if name in w.VECTOR_FLOAT_BINARY else 1, depth))
        return value if self.m.deterministic else op(f"call $canonical_{name[:5]}", value)
