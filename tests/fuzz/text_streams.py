# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Random loops over memory in text, for random_text.py: streams with strides, up and down, over i32 and i64
addresses, that may meet each other or the end of memory; sums; a trap in the middle after stores; latches of all
kinds; loads of which some bits are wanted.
"""
import text_words as w
from text_flow import FUEL
from text_words import const, get, op, put

TRIPS = [0, 1, 2, 3, 4, 5, 7, 8, 9, 15, 16, 17, 31, 32, 33, 47, 64, 65, 100, 129, 255]


class Stream:
    """What one place in the body reads and writes: of the type t, at a start and a distance."""

    def __init__(self, loop, t):
        f, r = loop.f, loop.f.r
        self.loop, self.t = loop, t
        self.load, size = r.choice(w.LOADS[t])
        self.store, stored = r.choice(w.STORES[t])
        self.stride = r.choice([size, stored]) * r.choice([1, 1, 1, 1, 2, 3]) * (1 if r.random() < 0.85 else -1)
        self.start = r.choice([0, 64, 128, 1000, 1024, 4096, 20000]) + max(0, loop.trip * -self.stride)
        if r.random() < 0.12:
            turns = r.choice([loop.trip, loop.trip, loop.trip - 1, loop.trip // 2, loop.trip + 1])
            self.start = f.m.pages * 65536 - self.stride * turns + r.choice([0, 0, -1, 1, -size])
        self.base = None

    def address(self):
        loop, r = self.loop, self.loop.f.r
        t = loop.f.m.index
        index = op("i32.mul", get(loop.counter), const("i32", self.stride))
        if self.stride in (2, 4, 8, 16) and r.random() < 0.5:
            index = op("i32.shl", get(loop.counter), const("i32", self.stride.bit_length() - 1))
        if t == "i64":
            index = op(f"i64.extend_i32_{'s' if self.stride < 0 else r.choice('su')}", index)
        if 0 <= self.start < 5000 and r.random() < 0.4:
            return f"offset={self.start} align=1", index
        if not self.base:
            self.base = loop.f.fresh(t)
            start = const(t, self.start % (1 << int(t[1:])))
            loop.before.append(put(self.base, op(f"{t}.add", f"(global.get $zero_{t})", start)))
        return "align=1", op(f"{t}.add", get(self.base), index)


class StreamLoop:
    def __init__(self, function):
        self.f, self.r = function, function.r
        self.trip = self.r.choice(TRIPS)
        self.counter, self.end = function.fresh("i32"), function.fresh("i32")
        self.out = function.label()
        self.before, self.sums = [], []  # instructions; (type, local)
        self.types = [self.r.choice(function.m.types if self.r.random() < 0.3 else w.SCALARS) for _ in range(2)]
        self.streams = [Stream(self, self.r.choice(self.types)) for _ in range(self.r.randint(1, 4))]

    # ---- values ----

    def loaded(self, t):
        stream = self.r.choice(self.streams)
        return self.converted(op(stream.load, *stream.address()), stream.t, t)

    def converted(self, value, of, t):
        r = self.r
        if of == t:
            return value
        if of == "v128":
            shape = {kind: shape for shape, (_, kind) in w.LANES.items()}[t]
            return self.f.canonical(t, op(f"{shape}.extract_lane 1", value))
        if t == "v128":
            shape = {kind: shape for shape, (_, kind) in w.LANES.items()}[of]
            return op(f"{shape}.splat", self.f.canonical(of, value))
        if of in w.FLOATS and t in w.INTEGERS:
            return op(f"{t}.trunc{'_sat' if r.random() < 0.95 else ''}_{of}_{r.choice('su')}", value)
        if of in w.INTEGERS and t in w.FLOATS:
            return op(f"{t}.convert_{of}_{r.choice('su')}", value)
        name = {"i32": "i32.wrap_i64", "i64": f"i64.extend_i32_{r.choice('su')}", "f32": "f32.demote_f64",
                "f64": "f64.promote_f32"}[t]
        return self.f.canonical(t, op(name, value))

    def value(self, t, depth):
        r, kind = self.r, self.r.random()
        if depth <= 0 or kind < 0.25:
            if kind < 0.6:
                return self.loaded(t)
            return self.converted(get(self.counter), "i32", t) if kind < 0.7 else self.f.leaf(t)
        a, b = self.value(t, depth - 1), self.value(t, depth - 1)
        if t == "v128":
            return op(r.choice(w.VECTOR_BINARY), a, b)
        if kind < 0.65:
            other = self.f.m.constant(t) if t in w.INTEGERS and r.random() < 0.4 else self.f.canonical(t, b)
            return self.f.canonical(t, op(f"{t}.{r.choice(w.ARITHMETIC[t])}", a, other))
        if kind < 0.8:
            comparison = op(f"{t}.{r.choice(w.COMPARISONS[t])}", a, b)
            return op("select", a, self.value(t, 0) if r.random() < 0.5 else b, comparison)
        if kind < 0.87:
            return self.f.canonical(t, op(f"{t}.{r.choice(w.UNARY[t])}", a))
        if kind < 0.89 and t in w.INTEGERS:
            return op(f"{t}.{r.choice(w.DIVISIONS)}", a, b if r.random() < 0.3 else op(f"{t}.or", b, const(t, 1)))
        of = r.choice(w.SCALARS)
        return self.converted(self.value(of, depth - 1), of, t)

    # ---- statements ----

    def stored(self):
        stream = self.r.choice(self.streams)
        store = op(stream.store, *stream.address(), self.value(stream.t, 2))
        return f"(if {self.value('i32', 1)} (then {store}))" if self.r.random() < 0.25 else store

    def added(self):
        r, t = self.r, self.r.choice(self.types)
        total = self.f.fresh(t)
        self.sums.append((t, total))
        if t == "v128":
            return put(total, op(r.choice(w.VECTOR_BINARY), get(total), self.value(t, 1)))
        if t in w.INTEGERS and r.random() < 0.2:
            term = self.f.fresh(t)
            question = op(f"{t}.{r.choice(['gt_s', 'lt_u', 'lt_s', 'ge_u'])}", get(total), get(term))
            return put(term, self.value(t, 1)) + put(total, op("select", get(total), get(term), question))
        sum_ = op(f"{t}.{r.choice(w.ARITHMETIC[t][:3])}", get(total), self.value(t, 1))
        return put(total, self.f.canonical(t, sum_))

    def left(self):
        question = op(f"i32.{self.r.choice(['eq', 'gt_u'])}", self.value("i32", 1), self.f.m.constant("i32"))
        return op(f"br_if {self.out}", question)

    def trapped(self):
        """In one turn."""
        index = self.f.m.index
        ends = ["unreachable", "(drop (i32.div_u (i32.const 1) (global.get $zero_i32)))", "(call $dies)",
                f"(drop (i32.load offset=0x7fffffff {const(index, 0)}))", "(drop (i32.trunc_f64_s (f64.const nan)))",
                f"(br {self.out})"] + [f"(throw $e0 {get(self.counter)})"] * ("exceptions" in self.f.m.features)
        turn = const("i32", self.r.choice([self.trip - 1, self.trip // 2, self.trip // 2, 0, 3]))
        question = op("i32.eq", get(self.counter), op("i32.add", "(global.get $zero_i32)", turn))
        return f"(if {question} (then {self.r.choice(ends)}))"

    def kept(self):
        t = self.r.choice(self.types)
        return put(self.f.local(t, owned=True), self.value(t, 2))

    def latch(self, label, is_up):
        r = self.r
        if not is_up:
            return f"(br_if {label} (local.tee {self.counter} (i32.sub {get(self.counter)} (i32.const 1))))"
        step = r.choice([1, 1, 1, 1, 1, 2, 3])
        comparison = r.choice(["lt_u", "lt_s", "ne" if step == 1 else "lt_u"])
        question = op(f"i32.{comparison}", get(self.counter), get(self.end))
        branch = f"(br_table {self.out} {label} {question})" if r.random() < 0.15 else f"(br_if {label} {question})"
        return put(self.counter, op("i32.add", get(self.counter), const("i32", step))) + branch

    def text(self):
        r, label = self.r, self.f.label()
        is_up = r.random() < 0.75
        trip = const("i32", self.trip)
        if r.random() < 0.6:
            trip = op("i32.add", "(global.get $zero_i32)", trip)
        shapes = [(self.stored, 50), (self.added, 25), (self.left, 7), (self.trapped, 8), (self.kept, 10)]
        chosen = r.choices([s for s, _ in shapes], [n for _, n in shapes], k=r.randint(1, 4))
        body = " ".join(shape() for shape in chosen)
        start = put(self.end, trip) + put(self.counter, get(self.end) if not is_up else const("i32", 0))
        skip = f"(br_if {self.out} (i32.eqz {get(self.end)}))"
        loop = f"(loop {label} {FUEL if r.random() < 0.15 else ''} {body} {self.latch(label, is_up)})"
        shown = " ".join(self.f.shown(t, self.f.canonical(t, get(total))) for t, total in self.sums)
        return f"{start} {' '.join(self.before)} (block {self.out} {skip} {loop}) {shown}"
