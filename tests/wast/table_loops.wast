;; SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
;;
;; Loops that look something up in a table by a number that has bounds: a byte, what a mask leaves, a
;; remainder, a minimum (codegen/passes/interval.c). Their second version runs if the whole table is inside
;; the memory. Otherwise, and where table and result overlap, they do what they do number by number.

(module
  (memory (export "memory") 1 2)
  (func (export "put") (param i32 i32) (i32.store8 (local.get 0) (local.get 1)))
  (func (export "at") (param i32) (result i32) (i32.load8_u (local.get 0)))
  (func (export "word") (param i32) (result i32) (i32.load (local.get 0)))
  ;; n bytes at p: k, k + step, ...
  (func (export "count") (param $p i32) (param $n i32) (param $k i32) (param $step i32)
    (loop $next
      (i32.store8 (local.get $p) (local.get $k))
      (local.set $p (i32.add (local.get $p) (i32.const 1)))
      (local.set $k (i32.add (local.get $k) (local.get $step)))
      (br_if $next (local.tee $n (i32.sub (local.get $n) (i32.const 1))))))
  ;; sum of n bytes, each times its place
  (func (export "sum") (param $p i32) (param $n i32) (result i32)
    (local $i i32) (local $s i32)
    (loop $next
      (local.set $s (i32.add (local.get $s) (i32.mul
        (i32.add (local.get $i) (i32.const 1))
        (i32.load8_u (i32.add (local.get $p) (local.get $i))))))
      (br_if $next (i32.ne (local.tee $i (i32.add (local.get $i) (i32.const 1))) (local.get $n))))
    (local.get $s))

  ;; d[i] = table[s[i]], a table at a place that is given, of bytes
  (func (export "bytes") (param $d i32) (param $s i32) (param $t i32) (param $n i32)
    (loop $next
      (i32.store8 (local.get $d)
        (i32.load8_u (i32.add (local.get $t) (i32.load8_u (local.get $s)))))
      (local.set $d (i32.add (local.get $d) (i32.const 1)))
      (local.set $s (i32.add (local.get $s) (i32.const 1)))
      (br_if $next (local.tee $n (i32.sub (local.get $n) (i32.const 1))))))
  ;; the same, by signed bytes: below the place, too
  (func (export "signed") (param $d i32) (param $s i32) (param $t i32) (param $n i32)
    (loop $next
      (i32.store8 (local.get $d)
        (i32.load8_u (i32.add (local.get $t) (i32.load8_s (local.get $s)))))
      (local.set $d (i32.add (local.get $d) (i32.const 1)))
      (local.set $s (i32.add (local.get $s) (i32.const 1)))
      (br_if $next (local.tee $n (i32.sub (local.get $n) (i32.const 1))))))
  ;; a table of 16 words at the end of the memory, by a mask; unrolled twice
  (func (export "masked") (param $d i32) (param $s i32) (param $n i32)
    (loop $next
      (i32.store (local.get $d) (i32.load offset=65472
        (i32.shl (i32.and (i32.load8_u (local.get $s)) (i32.const 15)) (i32.const 2))))
      (i32.store offset=4 (local.get $d) (i32.load offset=65472
        (i32.shl (i32.and (i32.load8_u offset=1 (local.get $s)) (i32.const 15)) (i32.const 2))))
      (local.set $d (i32.add (local.get $d) (i32.const 8)))
      (local.set $s (i32.add (local.get $s) (i32.const 2)))
      (br_if $next (local.tee $n (i32.sub (local.get $n) (i32.const 1))))))
  ;; the same with a table of 17 words, of which the last is outside
  (func (export "longer") (param $d i32) (param $s i32) (param $n i32)
    (loop $next
      (i32.store (local.get $d) (i32.load offset=65472
        (i32.shl (i32.rem_u (i32.load8_u (local.get $s)) (i32.const 17)) (i32.const 2))))
      (local.set $d (i32.add (local.get $d) (i32.const 4)))
      (local.set $s (i32.add (local.get $s) (i32.const 1)))
      (br_if $next (local.tee $n (i32.sub (local.get $n) (i32.const 1))))))
  ;; a histogram: the table is written
  (func (export "histogram") (param $s i32) (param $t i32) (param $n i32)
    (local $at i32)
    (loop $next
      (local.set $at (i32.add (local.get $t) (i32.load8_u (local.get $s))))
      (i32.store8 (local.get $at) (i32.add (i32.load8_u (local.get $at)) (i32.const 1)))
      (local.set $s (i32.add (local.get $s) (i32.const 1)))
      (br_if $next (local.tee $n (i32.sub (local.get $n) (i32.const 1))))))
  ;; a key of 16 bytes over and over
  (func (export "key") (param $p i32) (param $k i32) (param $n i32)
    (local $i i32)
    (loop $next
      (i32.store8 (i32.add (local.get $p) (local.get $i)) (i32.xor
        (i32.load8_u (i32.add (local.get $p) (local.get $i)))
        (i32.load8_u (i32.add (local.get $k) (i32.and (local.get $i) (i32.const 15))))))
      (br_if $next (i32.ne (local.tee $i (i32.add (local.get $i) (i32.const 1))) (local.get $n)))))
  ;; by differences of two bytes, from the middle of a table
  (func (export "differences") (param $d i32) (param $s i32) (param $t i32) (param $n i32)
    (loop $next
      (i32.store8 (local.get $d) (i32.load8_u (i32.add (local.get $t) (i32.sub
        (i32.load8_u (local.get $s)) (i32.load8_u offset=1 (local.get $s))))))
      (local.set $d (i32.add (local.get $d) (i32.const 1)))
      (local.set $s (i32.add (local.get $s) (i32.const 1)))
      (br_if $next (local.tee $n (i32.sub (local.get $n) (i32.const 1)))))))

;; a table of the numbers 3, 10, 17 ..., and an index of 1, 12, 23 ...
(invoke "count" (i32.const 1024) (i32.const 256) (i32.const 3) (i32.const 7))
(invoke "count" (i32.const 2048) (i32.const 1000) (i32.const 1) (i32.const 11))
(invoke "bytes" (i32.const 4096) (i32.const 2048) (i32.const 1024) (i32.const 1000))
(assert_return (invoke "at" (i32.const 4096)) (i32.const 10))
(assert_return (invoke "at" (i32.const 4097)) (i32.const 87))
(assert_return (invoke "at" (i32.const 5095)) (i32.const 133))
(assert_return (invoke "at" (i32.const 5096)) (i32.const 0))
;; the result is part of the table: what was stored is looked up
(invoke "count" (i32.const 8192) (i32.const 256) (i32.const 0) (i32.const 1))
(invoke "count" (i32.const 8448) (i32.const 256) (i32.const 1) (i32.const 1))
(invoke "bytes" (i32.const 8193) (i32.const 8448) (i32.const 8192) (i32.const 200))
(assert_return (invoke "at" (i32.const 8193)) (i32.const 1))
(assert_return (invoke "at" (i32.const 8392)) (i32.const 200))
(invoke "count" (i32.const 8448) (i32.const 256) (i32.const 0) (i32.const 1))
(invoke "bytes" (i32.const 8193) (i32.const 8448) (i32.const 8192) (i32.const 200))
(assert_return (invoke "at" (i32.const 8193)) (i32.const 0))
(assert_return (invoke "at" (i32.const 8392)) (i32.const 0))
;; the table reaches over the end, but none of the numbers: nothing traps
(invoke "count" (i32.const 65436) (i32.const 100) (i32.const 5) (i32.const 1))
(invoke "count" (i32.const 2048) (i32.const 100) (i32.const 0) (i32.const 1))
(invoke "bytes" (i32.const 4096) (i32.const 2048) (i32.const 65436) (i32.const 100))
(assert_return (invoke "at" (i32.const 4195)) (i32.const 104))
;; and one of them: what was stored before stays
(invoke "put" (i32.const 2098) (i32.const 100))
(invoke "count" (i32.const 4096) (i32.const 100) (i32.const 0) (i32.const 0))
(assert_trap (invoke "bytes" (i32.const 4096) (i32.const 2048) (i32.const 65436) (i32.const 100))
  "out of bounds memory access")
(assert_return (invoke "at" (i32.const 4145)) (i32.const 54))
(assert_return (invoke "at" (i32.const 4146)) (i32.const 0))
;; sums that wrap: 0xffffffb0 + 80 is 0
(invoke "count" (i32.const 2048) (i32.const 100) (i32.const 80) (i32.const 1))
(invoke "count" (i32.const 0) (i32.const 200) (i32.const 9) (i32.const 1))
(invoke "bytes" (i32.const 4096) (i32.const 2048) (i32.const 0xffffffb0) (i32.const 100))
(assert_return (invoke "at" (i32.const 4096)) (i32.const 9))
(assert_return (invoke "at" (i32.const 4195)) (i32.const 108))
;; below the place
(invoke "count" (i32.const 2048) (i32.const 256) (i32.const 128) (i32.const 1))
(invoke "count" (i32.const 1024) (i32.const 256) (i32.const 0) (i32.const 1))
(invoke "signed" (i32.const 4096) (i32.const 2048) (i32.const 1152) (i32.const 256))
(assert_return (invoke "at" (i32.const 4096)) (i32.const 0))
(assert_return (invoke "at" (i32.const 4351)) (i32.const 255))
(assert_return (invoke "at" (i32.const 4224)) (i32.const 128))
;; below 0: traps, unless no number is
(assert_trap (invoke "signed" (i32.const 4096) (i32.const 2048) (i32.const 127) (i32.const 256))
  "out of bounds memory access")
(invoke "signed" (i32.const 4096) (i32.const 2049) (i32.const 127) (i32.const 255))
(assert_return (invoke "at" (i32.const 4096)) (i32.const 9))
;; at the very end, and unrolled
(invoke "count" (i32.const 65472) (i32.const 64) (i32.const 0) (i32.const 1))
(invoke "count" (i32.const 2048) (i32.const 256) (i32.const 15) (i32.const 255))
(invoke "masked" (i32.const 4096) (i32.const 2048) (i32.const 65))
(assert_return (invoke "word" (i32.const 4096)) (i32.const 0x3f3e3d3c))
(assert_return (invoke "word" (i32.const 4100)) (i32.const 0x3b3a3938))
(assert_return (invoke "word" (i32.const 4612)) (i32.const 0x3b3a3938))
(assert_trap (invoke "longer" (i32.const 4096) (i32.const 2048) (i32.const 100))
  "out of bounds memory access")
;; of the index 15, 14 ... 0, 255 (which is 0 modulo 17), 254, the last is 16
(assert_return (invoke "word" (i32.const 4096)) (i32.const 0x3f3e3d3c))
(assert_return (invoke "word" (i32.const 4160)) (i32.const 0x03020100))
(assert_return (invoke "word" (i32.const 4164)) (i32.const 0x3b3a3938))
(invoke "longer" (i32.const 4096) (i32.const 2048) (i32.const 17))
;; one number over and over, numbers that differ, and a table that is the index
(invoke "count" (i32.const 1024) (i32.const 256) (i32.const 0) (i32.const 0))
(invoke "count" (i32.const 2048) (i32.const 300) (i32.const 7) (i32.const 0))
(invoke "histogram" (i32.const 2048) (i32.const 1024) (i32.const 200))
(assert_return (invoke "at" (i32.const 1031)) (i32.const 200))
(invoke "count" (i32.const 2048) (i32.const 300) (i32.const 0) (i32.const 1))
(invoke "histogram" (i32.const 2048) (i32.const 1024) (i32.const 300))
(assert_return (invoke "at" (i32.const 1067)) (i32.const 2))
(assert_return (invoke "at" (i32.const 1068)) (i32.const 1))
(invoke "count" (i32.const 2048) (i32.const 256) (i32.const 1) (i32.const 1))
(invoke "histogram" (i32.const 2048) (i32.const 2048) (i32.const 100))
(assert_return (invoke "sum" (i32.const 2048) (i32.const 256)) (i32.const 5564928))
;; the key before, and inside
(invoke "count" (i32.const 1024) (i32.const 16) (i32.const 1) (i32.const 1))
(invoke "count" (i32.const 4096) (i32.const 100) (i32.const 0) (i32.const 1))
(invoke "key" (i32.const 4096) (i32.const 1024) (i32.const 100))
(assert_return (invoke "at" (i32.const 4096)) (i32.const 1))
(assert_return (invoke "at" (i32.const 4115)) (i32.const 23))
(assert_return (invoke "at" (i32.const 4195)) (i32.const 103))
(invoke "count" (i32.const 4096) (i32.const 100) (i32.const 1) (i32.const 1))
(invoke "key" (i32.const 4096) (i32.const 4100) (i32.const 100))
(assert_return (invoke "at" (i32.const 4096)) (i32.const 4))
(assert_return (invoke "at" (i32.const 4100)) (i32.const 12))
(assert_return (invoke "at" (i32.const 4112)) (i32.const 29))
;; from -255 to 255
(invoke "count" (i32.const 1024) (i32.const 256) (i32.const 0) (i32.const 1))
(invoke "count" (i32.const 1280) (i32.const 256) (i32.const 0) (i32.const 3))
(invoke "count" (i32.const 2048) (i32.const 200) (i32.const 0) (i32.const 100))
(invoke "differences" (i32.const 4096) (i32.const 2048) (i32.const 1280) (i32.const 199))
(assert_return (invoke "at" (i32.const 4096)) (i32.const 156))
(assert_return (invoke "at" (i32.const 4098)) (i32.const 212))
