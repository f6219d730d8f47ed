# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Random modules in text for differential testing (differential.py --text): what random_module.py, which is
older and writes bytes, does not have: 64-bit memories and tables, ends of memories, traps amid loops,
exceptions across loops, tail calls with many arguments, objects, all vectors and their loops, 128-bit arithmetic.

random_text(seed) is a module of exports t0, t1, ...: () -> (), is_deterministic(seed) tells whether it has to be
compiled with --deterministic: it shows NaNs and uses relaxed vectors.
"""
import random

import text_objects
import text_words as w
from text_flow import Flow, FUEL
from text_objects import Objects, REFERENCES
from text_small import small_text
from text_streams import StreamLoop
from text_transfers import transfers_text
from text_values import Values
from text_vectors import vectors_text
from text_words import const, get, op, put, signature

FEATURES = [words.split() for words in (
    "simd", "simd tail", "small", "wide64", "wide64 simd", "exceptions", "small", "exceptions simd", "gc",
    "gc exceptions tail", "tail", "deterministic simd", "small", "deterministic", "wide", "atomics", "wide64 atomics",
    "wide64 exceptions gc", "transfers", "deterministic gc", "simd gc wide64 exceptions tail wide atomics",
    "vectors", "vectors wide64", "vectors deterministic")]


def features_of(seed):
    return FEATURES[seed % len(FEATURES)]


def is_deterministic(seed):
    return "deterministic" in features_of(seed)


class Function(Values, Flow, Objects):
    """Generates one function; it calls those before it."""

    def __init__(self, module, number):
        self.m, self.r = module, module.r
        self.number, self.callees = number, list(range(number))
        self.params, self.results = module.signatures[number]
        self.locals = [(f"$p{i}", t) for i, t in enumerate(self.params)]
        for t in module.local_types:
            self.locals += [(f"$l{len(self.locals) + i}", t) for i in range(self.r.randint(1, 2))]
        self.hidden = []  # of loops: nothing else sets them
        self.size = self.label_count = 0
        self.labels = []  # that may be branched to, with the type of their value or ""

    def fresh(self, t):
        self.hidden.append((f"$h{len(self.hidden)}", t))
        return self.hidden[-1][0]

    def label(self):
        self.label_count += 1
        return f"$L{self.label_count}"

    def local(self, t, owned=False):
        first = len(self.params) if owned else 0
        names = [name for name, of in self.locals[first:] if of == t]
        return self.r.choice(names) if names else None

    def some_types(self, most):
        return [self.r.choice(self.m.types) for _ in range(self.r.randint(0, most))]

    # ---- statements ----

    def statements(self, depth, probability=1.0):
        if self.r.random() > probability:
            return ""
        return " ".join(self.statement(depth) for _ in range(self.r.randint(1, 3)))

    def statement(self, depth):
        if self.size > self.m.limit or depth <= 0:
            return self.simple(0)
        shapes = [(self.simple, 30), (self.if_statement, 8), (self.loop_statement, 6), (self.stream, 14), (self.bulk, 8),
                  (self.table, 6), (self.switch, 3), (self.branch, 4), (self.call_statement, 4),
                  (self.exception_loop, 8 if "exceptions" in self.m.features else 0),
                  (self.object_statement, 12 if "gc" in self.m.features else 0)]
        return self.r.choices([s for s, _ in shapes], [n for _, n in shapes])[0](depth - 1)

    def simple(self, depth):
        r, kind, t = self.r, self.r.random(), self.r.choice(self.m.types)
        globals_of = [i for i, of in enumerate(self.m.globals) if of == t]
        if kind < 0.5:
            name, size = r.choice(w.STORES[t])
            return op(name, *self.address(depth, size), self.value(t, depth))
        if kind < 0.8:
            return put(self.local(t), self.value(t, depth))
        if globals_of:
            return op(f"global.set $g{r.choice(globals_of)}", self.value(t, depth))
        return op("drop", self.value(t, depth))

    def stream(self, _):
        return StreamLoop(self).text()

    def bulk(self, depth):
        """Also of few bytes, at the very end."""
        r, t = self.r, self.m.index
        end = self.m.pages * 65536

        def place():
            if r.random() < 0.4:
                return self.index(self.masked(depth, 0xFF, 0xFFF, 0xFFFF))
            at = const(t, r.choice([0, 8, 100, 1000, end, end + 1] + [end - r.randint(1, 66)] * 3))
            return op(f"{t}.add", f"(global.get $zero_{t})", at) if r.random() < 0.5 else at

        def length():
            if r.random() < 0.5:
                return self.index(self.masked(depth, 3, 15, 63, 255))
            count = r.choice([0, 0, 1, 3, 7, 8, 16, 31, 33, 64, 65, 128, 200, 4096, 70000])
            return op(f"{t}.add", f"(global.get $zero_{t})", const(t, count)) if r.random() < 0.5 else const(t, count)

        kind = r.randrange(6)
        if kind < 2:
            return op("memory.fill", place(), self.value("i32", depth), length())
        if kind == 2:
            return op("memory.copy", place(), place(), length())
        if kind == 3:
            at = r.choice([100, 1000, end - 70])
            return op("memory.copy", const(t, at), const(t, at + r.choice([-3, -1, 1, 2, 5, 16])), length())
        if kind == 4:
            return op(f"memory.init {r.choice(['$d1', '$d2'])}", place(), const("i32", r.choice([0, 1, 5, 30, 64])),
                      const("i32", r.choice([0, 0, 1, 8, 30, 34, 65])))
        return r.choice(["(data.drop $d1)", "(data.drop $d2)", "(elem.drop $elements)"])

    def table(self, depth):
        """Changes one."""
        r, t = self.r, self.m.table_index

        def at():
            return const(t, r.choice([0, 1, 2, 3, 5, 7, 9, 10, 14]))

        table, func = r.choice(["$T0", "$T1"]), self.m.function_reference()
        return r.choice([
            op(f"table.set {table}", at(), func), op(f"table.fill {table}", at(), func, const(t, r.choice([0, 1, 3, 8]))),
            op(f"table.copy {table} {r.choice(['$T0', '$T1'])}", at(), at(), const(t, r.choice([0, 1, 3, 5, 8]))),
            op(f"table.init {table} $elements", at(), const("i32", r.choice([0, 1, 2, 5])),
               const("i32", r.choice([0, 0, 1, 2, 5]))),
            op("drop", op("table.grow $T1", func, const(t, r.choice([0, 1, 3, 100])))),
            op("table.set $T0", at(), op("table.get $T1", at())),
            op(f"table.set {table}", self.table_index(self.masked(depth, 7)), func)])

    # ---- values of some features only ----

    def special(self, t, depth):
        m, r = self.m, self.r
        shapes = []
        if t == m.index:
            shapes += ["(memory.size)", op("memory.grow", const(t, r.choice([0, 0, 1, 1, 2, 70000])))]
        if t == m.table_index:
            more = const(t, r.choice([0, 1, 2, 5]))
            shapes += ["(table.size $T1)", op("table.grow $T1", m.function_reference(), more)]
        if t == "i32":
            at = const(m.table_index, r.randint(0, 9))
            shapes.append(op("ref.is_null", op(f"table.get {r.choice(['$T0', '$T1'])}", at)))
            if "gc" in m.features:
                shapes += [self.object_number(depth) for _ in range(4)]
            if "exceptions" in m.features:
                shapes += [self.caught_value(depth)] * 2
        if "wide" in m.features and t == "i64":
            shapes += [self.wide(depth)] * 3
        if "atomics" in m.features and t in w.INTEGERS:
            shapes += [self.atomic(t, depth)] * 3
        return r.choice(shapes) if shapes else self.computed(t, depth)

    def wide(self, depth):
        name, operands = self.r.choice([("add128", 4), ("sub128", 4), ("mul_wide_s", 2), ("mul_wide_u", 2)])
        text = op(f"i64.{name}", *(self.value("i64", depth) for _ in range(operands)))
        return f"(block (result i64) {text} {self.r.choice(['drop', 'i64.xor', 'i64.add'])})"

    def atomic(self, t, depth):
        r = self.r
        bits = r.choice([8, 16, 32, 64] if t == "i64" else [8, 16, 32])
        size, sign = ("", "") if bits == int(t[1:]) else (str(bits), "_u")
        shift = r.choice([bits.bit_length() - 4, 3, 3, 8]) if r.random() < 0.95 else 0
        address = self.index(op("i32.shl", self.masked(depth, 255), const("i32", shift)))
        operator = r.choice("add sub and or xor xchg".split())
        return r.choice([
            op(f"{t}.atomic.load{size}{sign}", address),
            op(f"{t}.atomic.rmw{size}.{operator}{sign}", address, self.value(t, depth)),
            op(f"{t}.atomic.rmw{size}.cmpxchg{sign}", address, self.value(t, depth), self.value(t, depth))])

    # ---- the whole ----

    def tail(self):
        """What ends it: values, or a tail call of a function with the same results."""
        values = " ".join(self.value(t, 3) for t in self.results)
        callees = [f for f in self.callees if self.m.signatures[f][1] == self.results]
        if "tail" not in self.m.features or not callees or self.r.random() < 0.3:
            return values
        callee = self.r.choice(callees)
        arguments = " ".join(self.value(t, 2) for t in self.m.signatures[callee][0])
        call = f"{arguments} {self.invoke('return_', callee)}"
        return call if self.r.random() < 0.5 else f"(if {self.value('i32', 2)} (then {call})) {values}"

    def text(self):
        body = " ".join(self.statement(3) for _ in range(self.r.randint(1, 5)))
        tail = self.tail()
        locals_ = self.locals[len(self.params):] + self.hidden
        locals_ += [("$exception", "exnref")] if "exceptions" in self.m.features else []
        return (f"(func $f{self.number} (type $t{self.number})"
                + "".join(f" (param {name} {t})" for name, t in self.locals[:len(self.params)])
                + "".join(f" (result {t})" for t in self.results)
                + "".join(f" (local {name} {t})" for name, t in locals_) + f"\n {FUEL} {body}\n {tail})")


class Module:
    def __init__(self, seed):
        self.r = r = random.Random(seed)
        self.features = features_of(seed)
        self.deterministic = is_deterministic(seed)
        self.index = "i64" if "wide64" in self.features and r.random() < 0.7 else "i32"
        self.table_index = "i64" if "wide64" in self.features and r.random() < 0.4 else "i32"
        self.pages = r.choice([1, 1, 1, 2, 3])
        self.most = r.choice([self.pages, self.pages + 1, self.pages + 3, ""])
        self.types = list(w.SCALARS) + ["v128"] * ("simd" in self.features)
        self.local_types = self.types + list(REFERENCES if "gc" in self.features else ())
        self.limit = r.choice([30, 80, 200])
        self.globals = [r.choice(self.types) for _ in range(6)]
        self.table_size = r.choice([8, 16, 64])
        self.signatures = [self.random_signature() for _ in range(r.randint(2, 6))]

    def random_signature(self):
        count = self.r.choice([0, 1, 2, 3, 5, 9, 14]) if "tail" in self.features else self.r.randint(0, 4)
        params = [self.r.choice(self.local_types) for _ in range(count)]
        return params, [self.r.choice(self.types) for _ in range(self.r.choice([0, 1, 1, 1, 2, 3]))]

    def constant(self, t):
        if t in REFERENCES:
            return self.r.choice(text_objects.CONSTANTS[t])
        return w.random_vector(self.r) if t == "v128" else w.random_number(self.r, t)

    def some_function(self):
        return f"$f{self.r.randrange(len(self.signatures))}"

    def function_reference(self):
        return "(ref.null func)" if self.r.random() < 0.2 else f"(ref.func {self.some_function()})"

    def data(self, size):
        return "".join(f"\\{self.r.choice([0, 1, 0xFF, 0x7F, 0x80, self.r.randrange(256)]):02x}" for _ in range(size))

    def declarations(self):
        index = "" if self.index == "i32" else "i64 "
        table = "" if self.table_index == "i32" else "i64 "
        functions = " ".join(f"$f{i}" for i in range(len(self.signatures)))
        zero = f"(offset ({self.table_index}.const 0))"
        return [
            *([text_objects.TYPES] if "gc" in self.features else []),
            *(f"(type $t{i} (func{signature(*kind)}))" for i, kind in enumerate(self.signatures)),
            f'(memory (export "memory") {index}{self.pages} {self.most})',
            f"(table $T0 {table}{self.table_size} {self.table_size} funcref) (table $T1 {table}10 20 funcref)",
            "(tag $e0 (param i32)) (tag $e1 (param i64 i32))" if "exceptions" in self.features else "",
            "(global $fuel (mut i32) (i32.const 0))",
            '(global $zero_i32 (export "zero") (mut i32) (i32.const 0))',
            '(global $zero_i64 (export "zero64") (mut i64) (i64.const 0))',
            *(f"(global $g{i} (mut {t}) {self.constant(t)})" for i, t in enumerate(self.globals)),
            text_objects.GLOBALS if "gc" in self.features else "",
            f"(elem (table $T0) {zero} func {functions}) (elem declare func {functions})",
            f"(elem (table $T1) {zero} func {' '.join(self.some_function() for _ in range(8))})",
            f"(elem $elements func {' '.join(self.some_function() for _ in range(5))})",
            f'(data (offset ({self.index}.const 0)) "{self.data(2048)}")',
            f'(data $d1 "{self.data(64)}") (data $d2 "{self.data(30)}")']

    def helpers(self):
        texts = ["(func $dies unreachable)"] + [
            f"(func $canonical_{t} (param {t}) (result {t}) "
            f"(select ({t}.const nan) (local.get 0) ({t}.ne (local.get 0) (local.get 0))))" for t in w.FLOATS]
        if "simd" in self.features:
            texts += [f"(func $canonical_{shape} (param v128) (result v128) (v128.bitselect (local.get 0) "
                      f"(v128.const {shape}{' nan' * w.LANES[shape][0]}) ({shape}.eq (local.get 0) (local.get 0))))"
                      for shape in w.FLOAT_SHAPES]
        if "exceptions" in self.features:
            texts.append("(func $throws (param i32) "
                         "(if (i32.and (local.get 0) (i32.const 1)) (then (throw $e0 (local.get 0)))) "
                         "(if (i32.and (local.get 0) (i32.const 2)) (then (throw $e1 (i64.const 5) (local.get 0)))))")
        return texts

    def shown(self, t, value, place):
        if t in w.FLOATS and not self.deterministic:
            value = op(f"call $canonical_{t}", value)
        return op(w.STORES[t][0][0], const(self.index, 16 * place), value)

    def call(self, number):
        """The body that calls a function with constants and stores its results, and the globals."""
        params, results = self.signatures[number]
        locals_ = "".join(f" (local $r{i} {t})" for i, t in enumerate(results))
        take = " ".join(f"(local.set $r{i})" for i in reversed(range(len(results))))
        shown = [self.shown(t, get(f"$r{i}"), i) for i, t in enumerate(results)]
        shown += [self.shown(t, f"(global.get $g{i})", 8 + i) for i, t in enumerate(self.globals)]
        arguments = " ".join(self.constant(t) for t in params)
        return f"{locals_} (global.set $fuel (i32.const 400)) {arguments} (call $f{number}) {take} {' '.join(shown)}"

    def text(self):
        parts = self.declarations() + self.helpers()
        parts += [Function(self, i).text() for i in range(len(self.signatures))]
        parts += [f'(func (export "t{i}"){self.call(i // 3)})' for i in range(3 * len(self.signatures))]
        if self.r.random() < 0.08:
            parts.append(f"(func $start {self.call(len(self.signatures) - 1)}) (start $start)")
        return "\n".join(["(module", *(part for part in parts if part), ")"])


def random_text(seed):
    features = features_of(seed)
    if "transfers" in features:
        return transfers_text(seed)
    if "vectors" in features:
        return vectors_text(seed, "i64" if "wide64" in features else "i32", is_deterministic(seed))
    return small_text(seed) if "small" in features else Module(seed).text()
