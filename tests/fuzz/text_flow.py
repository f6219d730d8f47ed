# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Random control flow in text, for random_text.py: blocks with several values, br_table with many targets, also
as the latch of a loop, calls of all kinds, exceptions across loops. Everything ends: each turn of a loop
and each call takes fuel, and without it traps.
"""
import text_words as w
from text_words import const, get, op, put, signature

FUEL = ("(global.set $fuel (i32.sub (global.get $fuel) (i32.const 1))) "
        "(if (i32.lt_s (global.get $fuel) (i32.const 0)) (then unreachable))")


def count_down(counter):
    return op("local.tee", counter, op("i32.sub", get(counter), const("i32", 1)))


def drop(count):
    return " ".join(["drop"] * count)


class Flow:
    # ---- with a value ----

    def arms(self, t, depth):
        then = f"(then {self.statements(depth, 0.3)} {self.value(t, depth)})"
        return f"(if (result {t}) {self.value('i32', depth)} {then} (else {self.value(t, depth)}))"

    def left(self, t, depth):
        """A block that a branch leaves with the value."""
        label = self.label()
        self.labels.append((label, t))
        body = f"{self.statements(depth, 0.5)} {self.value(t, depth)} (br_if {label} {self.value('i32', depth)})"
        self.labels.pop()
        return f"(block {label} (result {t}) {body})"

    def targets(self, labels):
        """The labels of a br_table."""
        return " ".join(self.r.choice(labels) for _ in range(self.r.choice([1, 2, 4, 9, 40, 300])))

    def switched(self, t, depth):
        labels = [self.label() for _ in range(self.r.choice([1, 2, 3, 5, 9]))]
        index = self.value("i32", depth)
        text = f"{self.value(t, depth)} (br_table {self.targets(labels)} {index})"
        for label in labels:
            text = f"(block {label} (result {t}) {text})"
            if t in w.INTEGERS and self.r.random() < 0.6:
                text = op(f"{t}.{self.r.choice(['add', 'xor', 'sub'])}", text, self.m.constant(t))
        return text

    def looped(self, t, depth):
        """A loop with parameters."""
        types = [t] + self.some_types(3)
        locals_, counter, label = [self.fresh(u) for u in types], self.fresh("i32"), self.label()
        first = " ".join(self.value(u, depth) for u in types)
        take = " ".join(op("local.set", x) for x in reversed(locals_))
        next_ = " ".join(self.value(u, depth - 1) for u in types)
        return (f"(block (result {t}) {first} {put(counter, const('i32', self.r.choice([1, 2, 3, 5, 9])))} "
                f"(loop {label}{signature(types, types)} {take} {FUEL} {self.statements(depth, 0.4)} {next_} "
                f"(br_if {label} {count_down(counter)})) {drop(len(types) - 1)})")

    def several(self, t, depth):
        """A block or an if with parameters and several results."""
        params, results, label = self.some_types(3), [t] + self.some_types(3), self.label()
        given = " ".join(self.value(u, depth) for u in params)
        take = " ".join(op("local.set", self.fresh(u)) for u in reversed(params))
        body = f"{take} {' '.join(self.value(u, depth) for u in results)}"
        kind, end = signature(params, results), drop(len(results) - 1)
        if self.r.random() < 0.5:
            leave = f"(br_if {label} {self.value('i32', depth)})"
            return f"(block (result {t}) {given} (block {label}{kind} {body} {leave}) {end})"
        other = f"(else {drop(len(params))} {' '.join(self.value(u, depth) for u in results)})"
        question = self.value("i32", depth)
        return f"(block (result {t}) {given} {question} (if {label}{kind} (then {body}) {other}) {end})"

    def called(self, t, depth):
        callees = [f for f in self.callees if self.m.signatures[f][1][:1] == [t]]
        return f"(block (result {t}) {self.call(self.r.choice(callees), depth, 1)})" if callees else self.leaf(t)

    # ---- calls ----

    def call(self, callee, depth, kept=0):
        params, results = self.m.signatures[callee]
        arguments = " ".join(self.value(t, depth) for t in params)
        return f"{FUEL} {arguments} {self.invoke('', callee)} {drop(len(results) - kept)}"

    def invoke(self, prefix, callee):
        """A call, tail call with the prefix return_, by name, table, or reference."""
        kind = self.r.random()
        if kind < 0.5:
            return f"({prefix}call $f{callee})"
        at = const("i32", callee) if self.r.random() < 0.7 else self.masked(1, self.m.table_size - 1)
        at = self.table_index(at)
        if kind < 0.9 or "gc" not in self.m.features:
            return f"({prefix}call_indirect {self.r.choice(['$T0', '$T0', '$T1'])} (type $t{callee}) {at})"
        return f"({prefix}call_ref $t{callee} (ref.cast (ref $t{callee}) (table.get $T0 {at})))"

    def table_index(self, value):
        return op("i64.extend_i32_u", value) if self.m.table_index == "i64" else value

    # ---- statements ----

    def call_statement(self, depth):
        return self.call(self.r.choice(self.callees), depth) if self.callees else self.simple(depth)

    def if_statement(self, depth):
        other = f"(else {self.statements(depth)})" if self.r.random() < 0.5 else ""
        return f"(if {self.value('i32', depth)} (then {self.statements(depth)}) {other})"

    def loop_statement(self, depth):
        counter, label, end = self.fresh("i32"), self.label(), self.label()
        self.labels.append((end, ""))
        body = self.statements(depth)
        self.labels.pop()
        if self.r.random() < 0.3:
            index = op("select", self.masked(1, 7), const("i32", 1 << 30), count_down(counter))
            latch = f"(br_table {self.targets([label, label, label, end])} {end} {index})"
        else:
            latch = f"(br_if {label} {count_down(counter)})"
        turns = const("i32", self.r.choice([1, 2, 3, 7, 20]))
        return f"{put(counter, turns)} (block {end} (loop {label} {FUEL} {body} {latch}))"

    def switch(self, depth):
        labels = [self.label() for _ in range(self.r.choice([2, 3, 6]))]
        text = f"(br_table {self.targets(labels)} {self.value('i32', depth)})"
        for label in labels:
            text = f"(block {label} {text}) {self.statement(depth) if self.r.random() < 0.7 else ''}"
        return text

    def branch(self, depth):
        if not self.labels:
            return self.simple(depth)
        label, t = self.r.choice(self.labels)
        if t:
            return op("drop", op(f"br_if {label}", self.value(t, depth), self.value("i32", depth)))
        return op(f"br_if {label}", self.masked(depth, 1, 3, 7))

    # ---- exceptions ----

    def throw(self, counter, depth):
        return self.r.choice([
            f"(throw $e0 {get(counter)})", f"(throw $e1 {self.value('i64', depth)} {get(counter)})",
            f"(call $throws {get(counter)})", f"(call $throws (i32.add {get(counter)} (i32.const 1)))"])

    def caught(self, body, kind, value):
        """The body in a try_table, or in several; kind and value tell what was caught."""
        all_, first, second = self.label(), self.label(), self.label()
        if self.r.random() < 0.5:
            body = (f"(block {second} (result i32) (try_table (catch $e0 {second}) {body}) (i32.const -1)) "
                    f"(local.set {kind})")
        if self.r.random() < 0.25:
            again, done = self.label(), self.label()
            body = (f"(block {done} (block {again} (result exnref) (try_table (catch_all_ref {again}) {body}) "
                    f"(br {done})) (local.set $exception) (throw_ref (local.get $exception)))")
        return (f"(block {all_} (block {first} (result i64 i32) (try_table (catch $e1 {first}) (catch_all {all_}) {body}) "
                f"(br {all_})) (local.set {kind}) (local.set {value}))")

    def exception_loop(self, depth):
        """A loop with a try inside, or the other way round."""
        counter, kind, value, label = self.fresh("i32"), self.fresh("i32"), self.fresh("i64"), self.label()
        turns = self.r.choice([1, 3, 8, 20])
        question = op(f"i32.{self.r.choice(['eq', 'and', 'lt_u'])}", get(counter), const("i32", self.r.randint(0, turns)))
        body = (f"{self.statements(depth, 0.7)} (if {question} (then {self.throw(counter, depth)})) "
                f"{self.statements(depth, 0.4)}")
        start, latch = put(counter, const("i32", turns)), f"(br_if {label} {count_down(counter)})"
        if self.r.random() < 0.5:
            text = f"{start} (loop {label} {FUEL} {self.caught(body, kind, value)} {latch})"
        else:
            text = self.caught(f"{start} (loop {label} {FUEL} {body} {latch})", kind, value)
        return f"{text} {self.shown('i32', get(kind))} {self.shown('i64', get(value))}"

    def caught_value(self, depth):
        label = self.label()
        rare = f"(if {self.masked(1, 1)} (then (throw $e0 {self.value('i32', depth)})))"
        body = f"{self.statements(depth, 0.8)} {self.value('i32', depth)} {rare}"
        return f"(block {label} (result i32) (try_table (result i32) (catch $e0 {label}) {body}))"

    def shown(self, t, value):
        """Into memory, where it is seen."""
        return op(w.STORES[t][0][0], const(self.m.index, 8 * self.r.randint(0, 200)), value)
