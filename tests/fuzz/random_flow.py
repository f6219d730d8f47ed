# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Random tail calls and exceptions for random_module.py, whose Function they extend.

A tail call stands in an arm that may not run; its callee is an earlier function, or itself as long as there is
fuel. In modules that throw, a number is thrown in an arm, and blocks catch it, with or without a reference.
"""

from random_shape import Shape


class Flow(Shape):
    def begin_arm(self, depth, most):
        """An if that is taken rarely."""
        self.f.expr("i", depth - 1)
        self.emit(self.i32(most), self.code("i32_and"), self.code("i32_eqz"), b"\x04\x40")
        self.f.labels.append("")

    def end(self):
        self.f.labels.pop()
        self.emit(b"\x0b")

    def tail_call(self, depth):
        f, signatures = self.f, self.f.m.signatures
        if f.index is None:
            return
        callees = [g for g in range(f.index + 1) if signatures[g][1] == f.results]
        callee = self.r.choice(callees)
        self.begin_arm(depth, self.r.choice([3, 7, 31]))
        params, results = signatures[callee]
        for t in params:
            f.expr(t, depth - 1)
        slots = [i for i, x in enumerate(f.m.table) if x == callee]
        if slots and self.r.random() < 0.4:
            f.emit(self.i32(self.r.choice(slots)), b"\x13", self.leb(f.m.type_index(params, results)), b"\x00")
        else:
            f.emit(b"\x12", self.leb(callee))
        self.end()

    def throw(self, depth):
        self.begin_arm(depth, self.r.choice([1, 3, 7]))
        self.f.expr("i", depth - 1)
        self.emit(b"\x08\x00")
        self.end()

    def catch(self, depth):
        """block (result i32) try_table (catch 0 0) ... end  constant end  local.set"""
        f = self.f
        by_tag = self.r.random() < 0.7
        self.emit(b"\x02\x7f" if by_tag else b"\x02\x40")
        f.labels.append("i" if by_tag else "")
        self.emit(b"\x1f\x40\x01", b"\x00\x00\x00" if by_tag else b"\x02\x00")
        f.labels.append("")
        f.statements(depth - 1, self.r.randint(1, 3))
        if self.r.random() < 0.6:
            self.throw(depth)
        self.end()
        if by_tag:
            self.emit(self.i32(self.r.choice([0, 7])))
        self.end()
        if by_tag:
            self.emit(b"\x21", f.pick_local("i"))

    def generate(self, depth):
        if not self.f.m.throws:
            return self.tail_call(depth)
        self.r.choices([self.tail_call, self.throw, self.catch], [1, 1, 3])[0](depth)
