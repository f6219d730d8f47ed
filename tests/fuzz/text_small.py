# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Random small functions in text, for random_text.py, each called with one pointer at the end of memory and the
others well inside: one access traps, and all, some or none of the bits that it loads may be wanted
(codegen/passes/keep.h). Results are stored, so that what ran before the trap is seen.
"""
import random

import text_words as w
from text_words import const, get, op, put, signature

CALLED = 10
BEYOND = [65536, 65533, 65532, 65529, 65535, 65534, 65540, 0xFFFFFFFF, 0xFFFFFFFC, 0xFFFFFFF8, 0x7FFFFFFF, 65400,
          65436, 65300, 70000]


class SmallFunction:
    def __init__(self, r):
        self.r = r
        self.pointers = [f"$p{i}" for i in range(r.randint(1, 3))]
        self.result = r.choice([None, *w.SCALARS])
        self.locals = [(f"${name}_{t}", t) for name in "vw" for t in w.SCALARS]
        self.counters = 0

    def fresh(self, t):
        self.locals.append((f"$x{len(self.locals)}", t))
        return self.locals[-1][0]

    def canonical(self, t, value):
        return op(f"call $canonical_{t}", value) if t in w.FLOATS else value

    def variable(self, t):
        return self.r.choice([f"$v_{t}", f"$w_{t}"])

    # ---- values ----

    def address(self):
        pointer = get(self.r.choice(self.pointers))
        if self.r.random() < 0.75:
            return pointer
        return op("i32.add", pointer, const("i32", self.r.choice([4, 8, -4, 16, 1, 64])))

    def loaded(self, t):
        name, _ = self.r.choice(w.LOADS[t])
        return op(f"{name} offset={self.r.choice([0, 0, 0, 4, 8, 1, 100])} align=1", self.address())

    def leaf(self, t):
        kind = self.r.random()
        if kind < 0.5:
            return self.loaded(t)
        return w.random_number(self.r, t) if kind < 0.7 else get(self.variable(t))

    def value(self, t, depth):
        if depth <= 0 or self.r.random() < 0.15:
            return self.leaf(t)
        shapes = [(self.computed, 45), (self.changed, 6), (self.selected, 8), (self.twice, 5), (self.divided, 4),
                  (self.converted, 17), (self.compared, 8)]
        return self.r.choices([s for s, _ in shapes], [n for _, n in shapes])[0](t, depth - 1)

    def computed(self, t, depth):
        """Often with a constant, which leaves some of the bits."""
        a = self.value(t, depth)
        b = w.random_number(self.r, t) if self.r.random() < 0.6 else self.canonical(t, self.value(t, depth))
        if t in w.INTEGERS and self.r.random() < 0.15:
            a, b = b, a
        return op(f"{t}.{self.r.choice(w.ARITHMETIC[t])}", a, b)

    def changed(self, t, depth):
        return op(f"{t}.{self.r.choice(w.UNARY[t])}", self.value(t, depth))

    def selected(self, t, depth):
        return op("select", self.value(t, depth), self.value(t, depth), self.value("i32", depth))

    def twice(self, t, depth):
        """A value with two uses."""
        x = self.fresh(t)
        return op(f"{t}.{self.r.choice(['add', 'sub', 'mul'])}", op("local.tee", x, self.value(t, depth)), get(x))

    def divided(self, t, depth):
        if t in w.FLOATS:
            return self.computed(t, depth)
        b = w.random_number(self.r, t) if self.r.random() < 0.7 else self.value(t, depth)
        return op(f"{t}.{self.r.choice(w.DIVISIONS)}", self.value(t, depth), b)

    def compared(self, t, depth):
        if t != "i32":
            return self.computed(t, depth)
        of = self.r.choice(w.SCALARS)
        b = w.random_number(self.r, of) if self.r.random() < 0.6 else self.value(of, depth)
        return op(f"{of}.{self.r.choice(w.COMPARISONS[of])}", self.value(of, depth), b)

    def converted(self, t, depth):
        r, sign = self.r, self.r.choice("su")
        if t in w.INTEGERS and r.random() < 0.5:
            of = r.choice(w.FLOATS)
            return op(f"{t}.trunc{r.choice(['_sat', '_sat', ''])}_{of}_{sign}", self.value(of, depth))
        if t in w.FLOATS and r.random() < 0.6:
            of = r.choice(w.INTEGERS)
            return op(f"{t}.convert_{of}_{sign}", self.value(of, depth))
        name, of = {"i32": ("i32.wrap_i64", "i64"), "i64": (f"i64.extend_i32_{sign}", "i32"),
                    "f32": ("f32.demote_f64", "f64"), "f64": ("f64.promote_f32", "f32")}[t]
        return op(name, self.value(of, depth))

    # ---- statements ----

    def statement(self, depth):
        t = self.r.choice(("i32", "i32", "i64", "i64", *w.SCALARS))
        if depth <= 0:
            return op(f"call $sink_{t}", self.canonical(t, self.value(t, 2)))
        shapes = [(self.stored, 30), (self.dropped, 12), (self.kept, 18), (self.arms, 10), (self.global_set, 4),
                  (self.returned, 4), (self.looped, 22)]
        return self.r.choices([s for s, _ in shapes], [n for _, n in shapes])[0](t, depth - 1)

    def stored(self, t, _):
        name, _ = self.r.choice(w.STORES[t])
        address = const("i32", self.r.choice([0, 8, 16, 64, 100])) if self.r.random() < 0.6 else self.address()
        return op(f"{name} align=1", address, self.canonical(t, self.value(t, 3)))

    def dropped(self, t, _):
        return op("drop", self.value(t, 3))

    def kept(self, t, _):
        return put(self.variable(t), self.value(t, 3))

    def global_set(self, t, _):
        return op(f"global.set $g_{t}", self.canonical(t, self.value(t, 3)))

    def arms(self, _, depth):
        return f"(if {self.value('i32', 2)} (then {self.statement(depth)}) (else {self.statement(depth)}))"

    def returned(self, *_):
        result = w.random_number(self.r, self.result) if self.result else ""
        return f"(if {self.value('i32', 2)} (then (return {result})))"

    def looped(self, _, depth):
        r, counter, t = self.r, self.fresh("i32"), self.r.choice(w.INTEGERS)
        self.counters += 1
        label = f"$L{self.counters}"
        turns = const("i32", r.choice([1, 1, 2, 3, 4, 5, 8, 16, 40]))
        turns = turns if r.random() < 0.6 else op("i32.add", turns, "(global.get $zero)")
        body = [self.statement(depth) for _ in range(r.randint(1, 2))]
        if r.random() < 0.5:  # what a constant counter of an unrolled loop leaves of the bits
            index = get(counter) if t == "i32" else op("i64.extend_i32_u", get(counter))
            body.append(put(f"$v_{t}", op(f"{t}.{r.choice(w.ARITHMETIC[t])}", self.value(t, 2), index)))
        body += [put(p, op("i32.add", get(p), const("i32", r.choice([1, 2, 4, 4, 8, 16, -4]))))
                 for p in self.pointers if r.random() < 0.5]
        next_ = put(counter, op("i32.add", get(counter), const("i32", 1)))
        return (f"{put(counter, const('i32', 0))} (loop {label} {' '.join(body)} {next_} "
                f"(br_if {label} (i32.lt_u {get(counter)} {turns})))")

    def text(self, number):
        body = " ".join(self.statement(2) for _ in range(self.r.randint(1, 3)))
        end = self.value(self.result, 3) if self.result else ""
        params = "".join(f" (param {p} i32)" for p in self.pointers)
        locals_ = "".join(f" (local {name} {t})" for name, t in self.locals)
        results = signature([], [self.result] if self.result else [])
        return f"(func $f{number}{params}{results}{locals_} {body} {end})"

    def call(self, number, beyond):
        """With the pointer of that number beyond the end."""
        places = [self.r.choice(BEYOND) if i == beyond else self.r.randint(0, 200) * self.r.choice([1, 4, 8])
                  for i in range(len(self.pointers))]
        call = op(f"call $f{number}", *(op("i32.add", "(global.get $zero)", const("i32", n)) for n in places))
        if self.result:
            call = op(w.STORES[self.result][0][0], const("i32", 512), self.canonical(self.result, call))
        shown = [op(w.STORES[t][0][0], const("i32", 520 + 8 * i), self.canonical(t, f"(global.get $g_{t})"))
                 for i, t in enumerate(w.SCALARS)]
        return f"{call} {' '.join(shown)}"


def small_text(seed):
    r = random.Random(seed)
    data = "".join(f"\\{r.choice([0, 0, 1, 255, 128, 127, r.randrange(256)]):02x}" for _ in range(1024))
    parts = [f'(module (memory (export "memory") 1 {r.choice(["1", "1", "2", ""])})',
             f'(data (i32.const 0) "{data}") (data (i32.const 64512) "{data}")',
             '(global $zero (export "zero") (mut i32) (i32.const 0))']
    for t in w.SCALARS:
        parts.append(f'(global $g_{t} (export "g_{t}") (mut {t}) ({t}.const 0))')
        parts.append(f"(func $sink_{t} (param {t}) (global.set $g_{t} (local.get 0)))")
    parts += [f"(func $canonical_{t} (param {t}) (result {t}) "
              f"(select ({t}.const nan) (local.get 0) ({t}.ne (local.get 0) (local.get 0))))" for t in w.FLOATS]
    tests = 0
    for number in range(CALLED):
        function = SmallFunction(r)
        parts.append(function.text(number))
        for beyond in (None, *range(len(function.pointers))):
            parts.append(f'(func (export "t{tests}") {function.call(number, beyond)})')
            tests += 1
    return "\n".join([*parts, ")"])
