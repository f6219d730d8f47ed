# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Random functions that copy or fill memory, or nearly so, in text, for random_text.py: what C libraries without
bulk memory have (codegen/plan/transfer.h). Bytes up to an alignment, then words, whole or shifted together from two,
then the rest bit by bit or byte by byte; half of them have a number changed. They are called with constant and with
unknown lengths, with ranges that overlap and at the end of memory.
"""
import random
import re

from text_words import const, get, op, put

SIGNATURE = "(param $d i32) (param $s i32) (param $n i32)"
LOCALS = "(local $p i32) (local $q i32) (local $v i32) (local $l i64) (local $w i32)"
LENGTHS = [0, 1, 2, 3, 4, 5, 7, 8, 9, 15, 16, 17, 31, 32, 33, 63, 64, 65, 100, 128, 129, 255, 256, 257, 300]


class Transfer:
    def __init__(self, r, number):
        self.r, self.number = r, number
        self.is_copy = r.random() < 0.65
        self.returns = r.random() < 0.7

    def moved(self, t, name, size, at=0):
        """Stores `size` bytes at $d and steps over them."""
        place = f"offset={at} align=1"
        value = op(f"{t}.load{name}{'_u' if name else ''} {place}", get("$s")) if self.is_copy else get(
            "$l" if t == "i64" else "$v")
        return op(f"{t}.store{name} {place}", get("$d"), value)

    def stepped(self, size):
        steps = [put("$d", op("i32.add", get("$d"), const("i32", size))),
                 put("$n", op("i32.sub", get("$n"), const("i32", size)))]
        if self.is_copy:
            steps.append(put("$s", op("i32.add", get("$s"), const("i32", size))))
        self.r.shuffle(steps)
        return " ".join(steps)

    def head(self):
        aligned, of = self.r.choice([3, 3, 7, 1]), self.r.choice(["$d", "$d", "$s"] if self.is_copy else ["$d"])
        return (f"(block $aligned (loop $more (br_if $aligned (i32.eqz (i32.and {get(of)} {const('i32', aligned)})))"
                f" (br_if $aligned (i32.eqz {get('$n')})) {self.moved('i32', '8', 1)} {self.stepped(1)} (br $more)))")

    def words(self):
        t, name, size = self.r.choice([("i32", "", 4), ("i32", "", 4), ("i64", "", 8), ("i32", "16", 2), ("i64", "32", 4)])
        count = self.r.choice([1, 1, 2, 4])
        body = " ".join(self.moved(t, name, size, i * size) for i in range(count))
        return (f"(block $short (loop $more (br_if $short (i32.lt_u {get('$n')} {const('i32', size * count)}))"
                f" {body} {self.stepped(size * count)} (br $more)))")

    def shifted(self):
        """The source's words are aligned, the destination's not so."""
        bits = op("i32.shl", op("i32.and", get("$s"), const("i32", 3)), const("i32", 3))
        joined = op("i32.or", op("i32.shr_u", get("$w"), bits),
                    op("i32.shl", op("local.tee $v", op("i32.load", get("$q"))), op("i32.sub", const("i32", 32), bits)))
        return (f"(if (i32.and (i32.and {get('$s')} (i32.const 3)) (i32.ge_u {get('$n')} (i32.const 8))) (then"
                f" {put('$q', op('i32.and', get('$s'), const('i32', -4)))} {put('$w', op('i32.load', get('$q')))}"
                f" (loop $more {put('$q', op('i32.add', get('$q'), const('i32', 4)))}"
                f" (i32.store align=1 {get('$d')} {joined}) {put('$w', get('$v'))} {self.stepped(4)}"
                f" (br_if $more (i32.ge_u {get('$n')} (i32.const 8))))))")

    def rest(self):
        if self.r.random() < 0.5:
            return (f"(block $none (loop $more (br_if $none (i32.eqz {get('$n')})) {self.moved('i32', '8', 1)}"
                    f" {self.stepped(1)} (br $more)))")
        parts = []
        for t, name, size in (("i64", "", 8), ("i32", "", 4), ("i32", "16", 2), ("i32", "8", 1)):
            test = op("i32.and", get("$n"), const("i32", size))
            parts.append(f"(if {test} (then {self.moved(t, name, size)} {self.stepped(size)}))")
        loop = (f"(block $short (loop $more (br_if $short (i32.lt_u {get('$n')} (i32.const 16)))"
                f" {self.moved('i64', '', 8)} {self.moved('i64', '', 8, 8)} {self.stepped(16)} (br $more)))")
        return loop + " ".join(parts)

    def down(self):
        """From the last byte, where the destination is above."""
        load = op("i32.load8_u", op("i32.add", get("$s"), get("$n")))
        step = put("$n", op("i32.sub", get("$n"), const("i32", 1)))
        return (f"(if (i32.gt_u {get('$d')} {get('$s')}) (then (block $none (loop $more (br_if $none (i32.eqz {get('$n')}))"
                f" {step} (i32.store8 (i32.add {get('$d')} {get('$n')}) {load}) (br $more))) (return {get('$p')})))")

    def body(self):
        r = self.r
        parts = [self.head()] if r.random() < 0.5 else []
        if self.is_copy and r.random() < 0.3:
            parts.append(self.shifted())
        parts += [self.words()] if r.random() < 0.7 else []
        parts.append(self.rest())
        if not self.is_copy:
            byte = op("i32.and", get("$s"), const("i32", 255))
            parts.insert(0, put("$v", op("i32.mul", byte, const("i32", 0x01010101))) +
                         put("$l", op("i64.mul", op("i64.extend_i32_u", byte), const("i64", 0x0101010101010101))))
        text = " ".join(parts)
        if r.random() < 0.5:
            text = self.changed(text)
        down = self.down() if self.is_copy and self.returns and r.random() < 0.3 else ""  # as it is: it has to end
        return down + text

    def changed(self, text):
        """Another constant or offset in one place."""
        places = list(re.finditer(r"(?<=const )-?\d+|(?<=offset=)\d+", text))
        place = self.r.choice(places)
        number = int(place.group()) + self.r.choice([1, -1, 1, 4])
        return text[:place.start()] + str(max(number, 0)) + text[place.end():]

    def text(self):
        result, end = ("(result i32)", get("$p")) if self.returns else ("", "")
        body = self.body()
        return f"(func $f{self.number} {SIGNATURE} {result} {LOCALS} {put('$p', get('$d'))} {body} {end})"

    def call(self, place):
        r = self.r
        end = 65536
        length = const("i32", r.choice(LENGTHS))
        if r.random() < 0.6:
            length = op("i32.add", "(global.get $zero)", length)
        dest = r.randint(64, 1500) if r.random() < 0.8 else end - r.choice([0, 1, 3, 16, 64, 100, 256, 300])
        source = r.choice([dest + r.choice([-300, -64, -9, -4, -1, 0, 1, 2, 4, 17, 64, 300]), r.randint(0, 2048),
                           end - r.choice([0, 1, 5, 33, 64, 256])])
        second = const("i32", source % (1 << 32) if self.is_copy else r.choice([0, 7, 255, 256, -1]))
        text = op(f"call $f{self.number}", const("i32", dest), second, length)
        return op("i32.store", const("i32", 4 * place), text) if self.returns else text


def transfers_text(seed):
    r = random.Random(seed)
    functions = [Transfer(r, i) for i in range(r.randint(2, 5))]
    data = "".join(f"\\{r.randrange(256):02x}" for _ in range(2048))
    parts = ["(module", '(memory (export "memory") 1 2)', '(global $zero (export "zero") (mut i32) (i32.const 0))',
             f'(data (offset (i32.const 0)) "{data}")', *(f.text() for f in functions)]
    for i in range(4 * len(functions)):
        calls = " ".join(r.choice(functions).call(k) for k in range(r.randint(1, 3)))
        parts.append(f'(func (export "t{i}") {calls})')
    return "\n".join(parts + [")"])
