# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Random products of 128 bits by halves, for random_module.py, whose Function they extend: all forms that
the compiler joins (codegen/passes/product.c), with terms in any order and others added, and now and then with one
half, mask or shift that is wrong. Both words go into memory.
"""


class Product:
    def __init__(self, function, code, leb, sleb, i32):
        self.f, self.r = function, function.r
        self.code, self.leb, self.sleb, self.i32 = code, leb, sleb, i32
        self.a, self.b = function.new_counter("l"), function.new_counter("l")
        self.wrong = 0.03 if self.r.random() < 0.4 else 0

    def constant(self, n):
        return b"\x42" + self.sleb(n)

    def address(self):
        return self.i32(self.r.randrange(65528))

    def get(self, local):
        return b"\x20" + local

    def keep(self, value):
        """A value that is used again."""
        local = self.f.new_counter("l")
        self.f.emit(value, b"\x21", local)
        return self.get(local)

    def high(self, value):
        if self.r.random() < self.wrong:
            return self.low(value)
        bits = 31 if self.r.random() < self.wrong else 32
        return value + self.constant(bits) + self.code("i64_shr_u")

    def low(self, value):
        if self.r.random() < 0.3:
            return value + self.code("i32_wrap_i64") + self.code("i64_extend_i32_u")
        mask = 0x7FFFFFFF if self.r.random() < self.wrong else 0xFFFFFFFF
        parts = [value, self.constant(mask)]
        self.r.shuffle(parts)
        return b"".join(parts) + self.code("i64_and")

    def multiply(self, left, right):
        factors = [left, right]
        self.r.shuffle(factors)
        return b"".join(factors) + self.code("i64_mul")

    def total(self, *terms):
        """A sum of any shape."""
        terms = list(terms)
        while len(terms) > 1:
            self.r.shuffle(terms)
            terms.append(terms.pop() + terms.pop() + self.code("i64_add"))
        return terms[0]

    def carries(self, p, q, low):
        """u, and what the high word has of t, p or q."""
        form = self.r.randrange(3)
        if form == 0:
            t = self.keep(self.total(p, self.high(low)))
            return self.total(q, self.low(t)), [self.high(t)]
        if form == 1:
            return self.total(q, self.low(p), self.high(low)), [self.high(p)]
        return self.total(self.low(p), self.low(q), self.high(low)), [self.high(p), self.high(q)]

    def generate(self):
        for local in self.a, self.b:
            self.f.expr("l", 2)
            self.f.emit(self.address(), self.code("i64_load"), self.leb(0), self.leb(0), self.code("i64_xor"))
            self.f.emit(b"\x21", local)
        a, b = self.get(self.a), self.get(self.b)
        low = self.keep(self.multiply(self.low(a), self.low(b)))
        cross = [self.keep(self.multiply(self.low(a), self.high(b))), self.keep(self.multiply(self.high(a), self.low(b)))]
        self.r.shuffle(cross)
        u, terms = self.carries(*cross, low)
        u = self.keep(u)
        others = [self.get(self.a)] if self.r.random() < 0.3 else []
        words = [self.total(self.multiply(self.high(a), self.high(b)), self.high(u), *terms, *others),
                 u + self.constant(32) + self.code("i64_shl") + self.low(low) + self.code(self.r.choice(["i64_or", "i64_add"]))]
        for word in self.r.sample(words, self.r.choice([1, 2, 2])):
            self.f.emit(self.address(), word, self.code("i64_store"), self.leb(0), self.leb(0))
