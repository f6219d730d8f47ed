# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Random objects in text (garbage collection), for random_text.py: four types of structures, one above the
others, arrays of bytes, numbers and references, casts that fail, and null.
"""
from text_words import const, get, op, put

TYPES = """(rec
  (type $S0 (sub (struct (field (mut i32)))))
  (type $S1 (sub $S0 (struct (field (mut i32)) (field (mut i64)))))
  (type $S2 (sub $S1 (struct (field (mut i32)) (field (mut i64)) (field (mut f32)) (field (mut i8)) (field (mut i16)))))
  (type $S3 (sub final $S0 (struct (field (mut i32)) (field (mut (ref null $S0)))))))
(type $A8 (array (mut i8))) (type $A32 (array (mut i32)))
(type $AR (array (mut (ref null $S0)))) (type $AQ (array (mut eqref)))"""
GLOBALS = """(global $refs (ref $AR) (array.new_default $AR (i32.const 4)))
(global $equals (ref $AQ) (array.new_default $AQ (i32.const 4)))"""
STRUCT, NUMBERS, BYTES, EQUAL = "(ref null $S0)", "(ref null $A32)", "(ref null $A8)", "eqref"
REFERENCES = (STRUCT, NUMBERS, BYTES, EQUAL)
TESTED = ("$S0", "$S1", "$S2", "$S3", "$A8", "$A32", "i31", "struct", "array", "eq", "none")
CONSTANTS = {
    STRUCT: ["(ref.null $S0)", "(struct.new $S0 (i32.const 7))", "(struct.new $S1 (i32.const 8) (i64.const 9))",
             "(struct.new $S2 (i32.const 1) (i64.const -2) (f32.const 3.5) (i32.const 300) (i32.const -70000))",
             "(struct.new_default $S2)", "(struct.new $S3 (i32.const 5) (ref.null $S0))"],
    NUMBERS: ["(ref.null $A32)", "(array.new $A32 (i32.const 5) (i32.const 9))",
              "(array.new_default $A32 (i32.const 4))", "(array.new_data $A32 $d1 (i32.const 0) (i32.const 4))",
              "(array.new_fixed $A32 3 (i32.const 1) (i32.const 2) (i32.const 3))"],
    BYTES: ["(ref.null $A8)", "(array.new $A8 (i32.const 5) (i32.const 19))",
            "(array.new_data $A8 $d1 (i32.const 3) (i32.const 10))",
            "(array.new_fixed $A8 3 (i32.const 1) (i32.const 200) (i32.const 3))"]}
CONSTANTS[EQUAL] = ["(ref.null eq)", "(ref.i31 (i32.const -5))", "(ref.i31 (i32.const 0x7fffffff))",
                    *CONSTANTS[STRUCT][1:], *CONSTANTS[NUMBERS][1:]]


class Objects:
    def reference(self, t, depth):
        if depth <= 0 or self.r.random() < 0.3:
            return self.leaf(t)
        make = {STRUCT: self.structure, NUMBERS: self.numbers, BYTES: self.bytes, EQUAL: self.equal}
        return make[t](depth - 1)

    def choose(self, *texts):
        """One of them, each made by a function: what is not chosen costs nothing."""
        return self.r.choice(texts)()

    def place(self, depth):
        return self.masked(depth, 1, 3, 3, 15)

    def structure(self, depth):
        return self.choose(
            lambda: op("struct.new $S0", self.value("i32", depth)),
            lambda: op("struct.new $S1", self.value("i32", depth), self.value("i64", depth)),
            lambda: op("struct.new $S2", self.value("i32", depth), self.value("i64", depth),
                       self.canonical("f32", self.value("f32", depth)), *(self.value("i32", depth) for _ in range(2))),
            lambda: op("struct.new $S3", self.value("i32", depth), self.reference(STRUCT, depth)),
            lambda: self.cast("null ", self.r.choice(["$S0", "$S0", "$S1", "$S2"]), EQUAL, depth),
            lambda: op(f"select (result {STRUCT})", self.reference(STRUCT, depth), self.reference(STRUCT, depth),
                       self.value("i32", depth)),
            lambda: op("array.get $AR", "(global.get $refs)", self.masked(depth, 3, 3, 3, 7)),
            lambda: op("struct.get $S3 1", self.cast("", "$S3", STRUCT, depth)))

    def range_of_data(self, most):
        return const("i32", self.r.randint(0, 30)), const("i32", self.r.randint(0, most))

    def numbers(self, depth):
        return self.choose(
            lambda: op("array.new $A32", self.value("i32", depth), self.masked(depth, 15)),
            lambda: op("array.new_fixed $A32 4", *(self.value("i32", depth) for _ in range(4))),
            lambda: op("array.new_data $A32 $d1", *self.range_of_data(6)),
            lambda: self.cast("null ", "$A32", EQUAL, depth))

    def bytes(self, depth):
        return self.choose(
            lambda: op("array.new $A8", self.value("i32", depth), self.masked(depth, 15)),
            lambda: op("array.new_data $A8 $d1", *self.range_of_data(20)))

    def equal(self, depth):
        return self.choose(
            lambda: op("ref.i31", self.value("i32", depth)),
            lambda: self.reference(self.r.choice(REFERENCES[:3]), depth),
            lambda: op("array.get $AQ", "(global.get $equals)", self.masked(depth, 3)))

    def cast(self, null, to, of, depth):
        return op(f"ref.cast (ref {null}{to})", self.reference(of, depth))

    # ---- numbers of objects ----

    def object_number(self, depth):
        sign, null = self.r.choice("su"), self.r.choice(["", "null "])
        return self.choose(
            lambda: op("struct.get $S0 0", self.reference(STRUCT, depth)),
            lambda: op(f"struct.get_{sign} $S2 {self.r.choice([3, 4])}", self.cast("", "$S2", STRUCT, depth)),
            lambda: op("array.get $A32", self.reference(NUMBERS, depth), self.place(depth)),
            lambda: op(f"array.get_{sign} $A8", self.reference(BYTES, depth), self.place(depth)),
            lambda: op("array.len", self.reference(self.r.choice([NUMBERS, BYTES]), depth)),
            lambda: op(f"ref.test (ref {null}{self.r.choice(TESTED)})", self.reference(EQUAL, depth)),
            lambda: op("ref.eq", self.reference(EQUAL, depth), self.reference(self.r.choice(REFERENCES), depth)),
            lambda: op(f"i31.get_{sign}", op("ref.cast i31ref", self.reference(EQUAL, depth))),
            lambda: op("ref.is_null", self.reference(self.r.choice(REFERENCES), depth)),
            lambda: self.cast_branch(depth), lambda: self.null_branch(depth))

    def cast_branch(self, depth):
        label, out = self.label(), self.label()
        to = f"(ref {self.r.choice(['$S0', '$S1', 'null $S2', '$A8', 'i31', 'struct', 'array'])})"
        name = self.r.choice(["br_on_cast", "br_on_cast_fail"])
        arrives = to if name == "br_on_cast" else EQUAL
        return (f"(block {out} (result i32) (block {label} (result {arrives}) ({name} {label} eqref {to} "
                f"{self.reference(EQUAL, depth)}) drop (br {out} (i32.const 1))) drop (i32.const 0))")

    def null_branch(self, depth):
        label, out = self.label(), self.label()
        found = op(f"br_on_null {label}", self.reference(STRUCT, depth))
        return f"(block {out} (result i32) (block {label} (br {out} (struct.get $S0 0 {found}))) (i32.const -77))"

    # ---- statements ----

    def object_statement(self, depth):
        t, field, refs = self.r.choice(REFERENCES), self.r.choice([3, 4]), "(global.get $refs)"
        return self.choose(
            lambda: op("struct.set $S0 0", self.reference(STRUCT, depth), self.value("i32", depth)),
            lambda: op("struct.set $S1 1", self.cast("", "$S1", STRUCT, depth), self.value("i64", depth)),
            lambda: op(f"struct.set $S2 {field}", self.cast("", "$S2", STRUCT, depth), self.value("i32", depth)),
            lambda: op("array.set $A32", self.reference(NUMBERS, depth), self.place(depth), self.value("i32", depth)),
            lambda: op("array.set $A8", self.reference(BYTES, depth), self.place(depth), self.value("i32", depth)),
            lambda: op("array.set $AR", refs, self.place(depth), self.reference(STRUCT, depth)),
            lambda: op("array.set $AQ (global.get $equals)", self.place(depth), self.reference(EQUAL, depth)),
            lambda: op("array.fill $A32", self.reference(NUMBERS, depth), self.place(depth), self.value("i32", depth),
                       self.place(depth)),
            lambda: op("array.copy $A32 $A32", self.reference(NUMBERS, depth), self.place(depth),
                       self.reference(NUMBERS, depth), self.place(depth), self.place(depth)),
            lambda: op("array.copy $AR $AR", refs, self.place(depth), refs, self.place(depth), self.place(depth)),
            lambda: op("array.init_data $A8 $d1", self.reference(BYTES, depth), *(self.place(depth) for _ in range(3))),
            lambda: put(self.local(t), self.reference(t, depth)), self.object_loop)

    def object_loop(self):
        """Fills an array, then sums it, and chains the sums."""
        counter, total = self.fresh("i32"), self.fresh("i32")
        array, chain = self.local(NUMBERS), self.local(STRUCT)
        fill, add, turns = self.label(), self.label(), self.r.choice([1, 4, 9, 40])
        length = const("i32", turns - (self.r.random() < 0.25))
        before = op("i32.sub", get(counter), const("i32", 1))
        return " ".join([
            put(array, op("array.new_default $A32", length)), put(counter, const("i32", 0)),
            f"(loop {fill} (array.set $A32 {get(array)} {get(counter)} (i32.mul {get(counter)} {self.value('i32', 1)}))",
            f"(br_if {fill} (i32.lt_u (local.tee {counter} (i32.add {get(counter)} (i32.const 1))) (i32.const {turns}))))",
            put(counter, const("i32", turns)), f"(loop {add}",
            put(total, op("i32.add", get(total), op("array.get $A32", get(array), before))),
            put(chain, op("struct.new $S3", get(total), get(chain))),
            f"(br_if {add} (local.tee {counter} {before})))", self.shown("i32", get(total))])
