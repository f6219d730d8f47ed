;; SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
;;
;; Nests of loops over linear memory (codegen/passes/loop_version.c): ranges that are apart within a round of
;; the outer loop and not from one round to the next, pointers that change places, counters that are
;; not what the addresses are made of, accesses wider than the step, static offsets near 2^32. Run at
;; every level.

(module
  (memory (export "memory") 2 4)
  (func (export "at") (param i32) (result i32) (i32.load (local.get 0)))
  (func (export "byte") (param i32) (result i32) (i32.load8_u (local.get 0)))
  (func (export "put") (param i32 i32) (i32.store (local.get 0) (local.get 1)))
  (func (export "clear") (memory.fill (i32.const 0) (i32.const 0) (i32.const 0x20000)))

  ;; rows of four words: p[j] = q[j] + 1, each row made of the one before; what q will read next is
  ;; looked at before it is written
  (func (export "rows4") (param $p i32) (param $q i32) (param $n i32) (result i32)
    (local $t i32) (local $i i32) (local $a i32) (local $b i32)
    (loop $outer
      (local.set $t (i32.add (local.get $t) (i32.load (i32.add (local.get $q) (i32.const 16)))))
      (local.set $i (i32.const 4))
      (local.set $a (local.get $p))
      (local.set $b (local.get $q))
      (loop $inner
        (i32.store (local.get $a) (i32.add (i32.load (local.get $b)) (i32.const 1)))
        (local.set $a (i32.add (local.get $a) (i32.const 4)))
        (local.set $b (i32.add (local.get $b) (i32.const 4)))
        (br_if $inner (local.tee $i (i32.sub (local.get $i) (i32.const 1)))))
      (local.set $p (i32.add (local.get $p) (i32.const 16)))
      (local.set $q (i32.add (local.get $q) (i32.const 16)))
      (br_if $outer (local.tee $n (i32.sub (local.get $n) (i32.const 1)))))
    (local.get $t))

  ;; the same, any width, three ranges: r[j] = p[j] + q[j], then all move on by a row
  (func (export "rows") (param $r i32) (param $p i32) (param $q i32) (param $w i32) (param $n i32)
    (local $i i32)
    (loop $outer
      (local.set $i (i32.const 0))
      (loop $inner
        (i32.store (i32.add (local.get $r) (i32.shl (local.get $i) (i32.const 2)))
          (i32.add (i32.load (i32.add (local.get $p) (i32.shl (local.get $i) (i32.const 2))))
                   (i32.load (i32.add (local.get $q) (i32.shl (local.get $i) (i32.const 2))))))
        (br_if $inner
          (i32.lt_u (local.tee $i (i32.add (local.get $i) (i32.const 1))) (local.get $w))))
      (local.set $r (i32.add (local.get $r) (i32.shl (local.get $w) (i32.const 2))))
      (local.set $p (i32.add (local.get $p) (i32.shl (local.get $w) (i32.const 2))))
      (local.set $q (i32.add (local.get $q) (i32.shl (local.get $w) (i32.const 2))))
      (br_if $outer (local.tee $n (i32.sub (local.get $n) (i32.const 1))))))

  ;; two rows that change places
  (func (export "swap") (param $p i32) (param $q i32) (param $w i32) (param $n i32) (result i32)
    (local $i i32) (local $t i32)
    (loop $outer
      (local.set $i (local.get $w))
      (loop $inner
        (local.set $i (i32.sub (local.get $i) (i32.const 1)))
        (i32.store (i32.add (local.get $p) (i32.mul (local.get $i) (i32.const 4)))
          (i32.add (i32.load (i32.add (local.get $q) (i32.mul (local.get $i) (i32.const 4))))
                   (local.get $i)))
        (br_if $inner (local.get $i)))
      (local.set $t (local.get $p)) (local.set $p (local.get $q)) (local.set $q (local.get $t))
      (br_if $outer (local.tee $n (i32.sub (local.get $n) (i32.const 1)))))
    (i32.load (local.get $q)))

  ;; a sum in memory, in range of what is added up or not
  (func (export "sum-to") (param $to i32) (param $p i32) (param $n i32)
    (loop $next
      (i32.store (local.get $to) (i32.add (i32.load (local.get $to)) (i32.load (local.get $p))))
      (local.set $p (i32.add (local.get $p) (i32.const 4)))
      (br_if $next (local.tee $n (i32.sub (local.get $n) (i32.const 1))))))

  ;; wider than the step: each store leaves one byte
  (func (export "smear") (param $p i32) (param $q i32) (param $n i32)
    (loop $next
      (i64.store (local.get $p) (i64.add (i64.load (local.get $q)) (i64.const 0x0101010101010101)))
      (local.set $p (i32.add (local.get $p) (i32.const 1)))
      (local.set $q (i32.add (local.get $q) (i32.const 1)))
      (br_if $next (local.tee $n (i32.sub (local.get $n) (i32.const 1))))))

  ;; a counter of 64 bits that is cut for the address; above 2^32 it is the same
  (func (export "wide") (param $i i64) (param $end i64) (param $v i32)
    (loop $next
      (i32.store (i32.wrap_i64 (local.get $i)) (local.get $v))
      (local.set $v (i32.add (local.get $v) (i32.const 3)))
      (br_if $next
        (i64.ne (local.tee $i (i64.add (local.get $i) (i64.const 4))) (local.get $end)))))

  ;; values that change places in each iteration, and both used afterwards
  (func (export "fibonacci") (param $p i32) (param $n i32) (result i32 i32)
    (local $a i32) (local $b i32) (local $t i32)
    (local.set $b (i32.const 1))
    (loop $next
      (i32.store (local.get $p) (local.get $a))
      (local.set $t (i32.add (local.get $a) (local.get $b)))
      (local.set $a (local.get $b))
      (local.set $b (local.get $t))
      (local.set $p (i32.add (local.get $p) (i32.const 4)))
      (br_if $next (local.tee $n (i32.sub (local.get $n) (i32.const 1)))))
    (local.get $a) (local.get $b))

  ;; two addresses that change places
  (func (export "cross") (param $p i32) (param $q i32) (param $n i32)
    (local $t i32)
    (loop $next
      (i32.store (local.get $p) (i32.add (i32.load (local.get $q)) (i32.const 1)))
      (local.set $t (i32.add (local.get $p) (i32.const 4)))
      (local.set $p (i32.add (local.get $q) (i32.const 4)))
      (local.set $q (local.get $t))
      (br_if $next (local.tee $n (i32.sub (local.get $n) (i32.const 1))))))

  ;; what is stored depends on what is there; a store that is not made must not trap
  (func (export "some") (param $p i32) (param $q i32) (param $n i32) (result i32)
    (local $k i32)
    (loop $next
      (if (i32.and (i32.load8_u (local.get $q)) (i32.const 1))
        (then
          (i32.store8 (local.get $p) (i32.const 0xee))
          (local.set $k (i32.add (local.get $k) (i32.const 1)))))
      (local.set $p (i32.add (local.get $p) (i32.const 1)))
      (local.set $q (i32.add (local.get $q) (i32.const 1)))
      (br_if $next (local.tee $n (i32.sub (local.get $n) (i32.const 1)))))
    (local.get $k))

  ;; offsets of nearly 2^32, and one that the index makes the end of memory of
  (func (export "far") (param $p i32) (param $n i32)
    (loop $next
      (i32.store8 offset=0xffffffff (local.get $p) (i32.const 1))
      (local.set $p (i32.add (local.get $p) (i32.const 1)))
      (br_if $next (local.tee $n (i32.sub (local.get $n) (i32.const 1))))))
  (func (export "edge") (param $p i32) (param $n i32) (result i32)
    (local $s i32)
    (loop $next
      (local.set $s (i32.add (local.get $s) (i32.load16_u offset=0x1fff0 (local.get $p))))
      (local.set $p (i32.add (local.get $p) (i32.const 2)))
      (br_if $next (local.tee $n (i32.sub (local.get $n) (i32.const 1)))))
    (local.get $s))

  ;; down to address 0 and on; the limit is met, or stepped over
  (func (export "sink") (param $p i32) (param $step i32)
    (loop $next
      (i32.store8 (local.get $p) (i32.const 0x77))
      (br_if $next
        (i32.ge_s (local.tee $p (i32.sub (local.get $p) (i32.const 3))) (i32.const 0)))))
  (func (export "sink-u") (param $p i32)
    (loop $next
      (i32.store8 (local.get $p) (i32.const 0x66))
      (br_if $next
        (i32.ge_u (local.tee $p (i32.sub (local.get $p) (i32.const 1))) (i32.const 0)))))

  ;; 2^32 rounds but for a trap: the counter starts at its end
  (func (export "full") (param $p i32) (param $n i32)
    (loop $next
      (i32.store (local.get $p) (i32.const 0x12345678))
      (local.set $p (i32.add (local.get $p) (i32.const 256)))
      (br_if $next (local.tee $n (i32.sub (local.get $n) (i32.const 1))))))

  ;; memory grows between the rounds of the outer loop: the inner one reaches further each time
  (func (export "grows") (result i32)
    (local $p i32) (local $end i32) (local $s i32)
    (loop $outer
      (local.set $end (i32.shl (memory.size) (i32.const 16)))
      (local.set $p (i32.sub (local.get $end) (i32.const 1024)))
      (loop $inner
        (i32.store (local.get $p) (i32.const 5))
        (local.set $s (i32.add (local.get $s) (i32.load (i32.sub (local.get $p) (i32.const 1024)))))
        (br_if $inner (i32.lt_u
          (local.tee $p (i32.add (local.get $p) (i32.const 4))) (local.get $end))))
      (br_if $outer (i32.ne (memory.grow (i32.const 1)) (i32.const -1))))
    (local.get $s))

  ;; vectors of 16 bytes at steps of 4, and four words beside them
  (func (export "vectors") (param $p i32) (param $q i32) (param $n i32) (result i32)
    (local $v v128)
    (loop $next
      (local.set $v (i32x4.add (local.get $v) (v128.load (local.get $q))))
      (v128.store (local.get $p) (local.get $v))
      (i32.store offset=64 (local.get $p) (i32x4.extract_lane 3 (local.get $v)))
      (local.set $p (i32.add (local.get $p) (i32.const 4)))
      (local.set $q (i32.add (local.get $q) (i32.const 4)))
      (br_if $next (local.tee $n (i32.sub (local.get $n) (i32.const 1)))))
    (i32x4.extract_lane 0 (local.get $v))))

(invoke "put" (i32.const 1000) (i32.const 10))
(invoke "put" (i32.const 1004) (i32.const 20))
(invoke "put" (i32.const 1016) (i32.const 7))
(assert_return (invoke "rows4" (i32.const 1016) (i32.const 1000) (i32.const 8)) (i32.const 7))
(assert_return (invoke "at" (i32.const 1016)) (i32.const 11))
(assert_return (invoke "at" (i32.const 1020)) (i32.const 21))
(assert_return (invoke "at" (i32.const 1128)) (i32.const 18))
(assert_return (invoke "at" (i32.const 1132)) (i32.const 28))
(assert_return (invoke "at" (i32.const 1136)) (i32.const 8))
(assert_return (invoke "at" (i32.const 1140)) (i32.const 8))
;; the row that is written lies half in the one that is read
(invoke "clear")
(invoke "put" (i32.const 1000) (i32.const 1))
(assert_return (invoke "rows4" (i32.const 1008) (i32.const 1000) (i32.const 4)) (i32.const 0))
(assert_return (invoke "at" (i32.const 1008)) (i32.const 2))
(assert_return (invoke "at" (i32.const 1016)) (i32.const 3))
(assert_return (invoke "at" (i32.const 1064)) (i32.const 9))
(assert_trap (invoke "rows4" (i32.const 0x1fff8) (i32.const 1000) (i32.const 1)) "out of bounds memory access")

;; Fibonacci numbers by rows: r = p + q, rows apart in each round
(invoke "clear")
(invoke "put" (i32.const 2000) (i32.const 1))
(invoke "put" (i32.const 2100) (i32.const 1))
(invoke "rows" (i32.const 2200) (i32.const 2000) (i32.const 2100) (i32.const 25) (i32.const 10))
(assert_return (invoke "at" (i32.const 2200)) (i32.const 2))
(assert_return (invoke "at" (i32.const 3100)) (i32.const 144))
(assert_return (invoke "at" (i32.const 3104)) (i32.const 0))
(invoke "put" (i32.const 2000) (i32.const 1))
(invoke "put" (i32.const 2004) (i32.const 1))
(invoke "rows" (i32.const 2008) (i32.const 2000) (i32.const 2004) (i32.const 5) (i32.const 4))
(assert_return (invoke "at" (i32.const 2008)) (i32.const 2))
(assert_return (invoke "at" (i32.const 2084)) (i32.const 17711))

(invoke "clear")
(assert_return (invoke "swap" (i32.const 4000) (i32.const 4400) (i32.const 100) (i32.const 9)) (i32.const 0))
(assert_return (invoke "at" (i32.const 4396)) (i32.const 891))
(assert_return (invoke "at" (i32.const 4796)) (i32.const 792))
(invoke "clear")
(assert_return (invoke "swap" (i32.const 4000) (i32.const 4004) (i32.const 4) (i32.const 3)) (i32.const 12))
(assert_return (invoke "at" (i32.const 4000)) (i32.const 12))
(assert_return (invoke "at" (i32.const 4004)) (i32.const 12))

(invoke "clear")
(invoke "put" (i32.const 800) (i32.const 3))
(invoke "put" (i32.const 804) (i32.const 5))
(invoke "sum-to" (i32.const 400) (i32.const 800) (i32.const 50))
(assert_return (invoke "at" (i32.const 400)) (i32.const 8))
(invoke "sum-to" (i32.const 804) (i32.const 800) (i32.const 3))
(assert_return (invoke "at" (i32.const 804)) (i32.const 16))
(assert_trap (invoke "sum-to" (i32.const 400) (i32.const 0x1fff0) (i32.const 5)) "out of bounds memory access")

(invoke "clear")
(invoke "smear" (i32.const 101) (i32.const 100) (i32.const 200))
(assert_return (invoke "byte" (i32.const 100)) (i32.const 0))
(assert_return (invoke "byte" (i32.const 101)) (i32.const 1))
(assert_return (invoke "byte" (i32.const 300)) (i32.const 200))
(assert_return (invoke "byte" (i32.const 307)) (i32.const 200))
(assert_return (invoke "byte" (i32.const 308)) (i32.const 0))

(invoke "clear")
(invoke "wide" (i64.const 0x300000040) (i64.const 0x300000140) (i32.const 1))
(assert_return (invoke "at" (i32.const 0x40)) (i32.const 1))
(assert_return (invoke "at" (i32.const 0x13c)) (i32.const 190))
(assert_return (invoke "at" (i32.const 0x140)) (i32.const 0))
(assert_trap (invoke "wide" (i64.const 0x1fff0) (i64.const 0x100000000) (i32.const 9)) "out of bounds memory access")
(assert_return (invoke "at" (i32.const 0x1fffc)) (i32.const 18))
(assert_trap (invoke "wide" (i64.const -8) (i64.const 0x10) (i32.const 9)) "out of bounds memory access")
(assert_trap (invoke "wide" (i64.const 0x1fff1) (i64.const 0x1fff0) (i32.const 9)) "out of bounds memory access")

(assert_return (invoke "fibonacci" (i32.const 512) (i32.const 20)) (i32.const 6765) (i32.const 10946))
(assert_return (invoke "at" (i32.const 588)) (i32.const 4181))

(invoke "clear")
(invoke "cross" (i32.const 512) (i32.const 1024) (i32.const 6))
(assert_return (invoke "at" (i32.const 512)) (i32.const 1))
(assert_return (invoke "at" (i32.const 1028)) (i32.const 1))
(assert_return (invoke "at" (i32.const 520)) (i32.const 1))
(assert_return (invoke "at" (i32.const 516)) (i32.const 0))
(invoke "cross" (i32.const 2048) (i32.const 2052) (i32.const 6))
(assert_return (invoke "at" (i32.const 2048)) (i32.const 1))
(assert_return (invoke "at" (i32.const 2056)) (i32.const 1))

(invoke "clear")
(invoke "put" (i32.const 300) (i32.const 0x01000101))
(assert_return (invoke "some" (i32.const 0x1fffe) (i32.const 300) (i32.const 3)) (i32.const 2))
(assert_return (invoke "byte" (i32.const 0x1ffff)) (i32.const 0xee))
(assert_trap (invoke "some" (i32.const 0x1fffe) (i32.const 300) (i32.const 4)) "out of bounds memory access")
(assert_return (invoke "some" (i32.const 300) (i32.const 300) (i32.const 64)) (i32.const 3))

(assert_trap (invoke "far" (i32.const 0) (i32.const 3)) "out of bounds memory access")
(assert_trap (invoke "far" (i32.const 1) (i32.const 1)) "out of bounds memory access")
(assert_trap (invoke "far" (i32.const -1) (i32.const 2)) "out of bounds memory access")
(assert_return (invoke "edge" (i32.const 0) (i32.const 7)) (i32.const 0))
(assert_return (invoke "edge" (i32.const 0) (i32.const 8)) (i32.const 0xeeee))
(assert_trap (invoke "edge" (i32.const 0) (i32.const 9)) "out of bounds memory access")
(assert_trap (invoke "edge" (i32.const -4) (i32.const 3)) "out of bounds memory access")

(invoke "clear")
(invoke "sink" (i32.const 30) (i32.const 0))
(assert_return (invoke "byte" (i32.const 0)) (i32.const 0x77))
(invoke "sink" (i32.const 31) (i32.const 0))
(assert_return (invoke "byte" (i32.const 1)) (i32.const 0x77))
(assert_trap (invoke "sink-u" (i32.const 40)) "out of bounds memory access")
(assert_return (invoke "byte" (i32.const 0)) (i32.const 0x66))
(assert_return (invoke "byte" (i32.const 40)) (i32.const 0x66))
(assert_trap (invoke "full" (i32.const 64) (i32.const 0)) "out of bounds memory access")
(assert_return (invoke "at" (i32.const 0x1ff40)) (i32.const 0x12345678))

(invoke "clear")
(invoke "put" (i32.const 640) (i32.const 1))
(assert_return (invoke "vectors" (i32.const 656) (i32.const 640) (i32.const 3)) (i32.const 1))
(assert_return (invoke "at" (i32.const 656)) (i32.const 1))
(assert_return (invoke "vectors" (i32.const 644) (i32.const 640) (i32.const 20)) (i32.const 524288))
(assert_return (invoke "grows") (i32.const 0))
(assert_trap (invoke "vectors" (i32.const 0x3ffe0) (i32.const 64) (i32.const 1)) "out of bounds memory access")

;; Two memories, one of them shared with another module; loops that a try_table surrounds
(module $memories
  (memory $a (export "a") 1)
  (memory $b (export "b") 0 1)
  (tag $stop (param i32))
  (func (export "at") (param i32) (result i32) (i32.load $a (local.get 0)))
  (func (export "grow") (result i32) (memory.grow $b (i32.const 1)))
  (func (export "put") (param i32 i32) (i32.store $b (local.get 0) (local.get 1)))
  (func (export "over") (param $p i32) (param $n i32) (result i32)
    (local $i i32)
    (loop $next
      (i32.store $a (i32.add (local.get $p) (local.get $i))
        (i32.add (i32.load $b (local.get $i)) (i32.const 1)))
      (br_if $next
        (i32.ne (local.tee $i (i32.add (local.get $i) (i32.const 4))) (local.get $n))))
    (local.get $i))
  (func $throw (param i32) (throw $stop (local.get 0)))
  (func (export "caught") (param $p i32) (param $n i32) (result i32)
    (local $i i32) (local $s i32)
    (loop $again
      (local.set $s (i32.add (local.get $s)
        (block $handler (result i32)
          (try_table (catch $stop $handler)
            (local.set $i (i32.const 0))
            (loop $next
              (i32.store $a (i32.add (local.get $p) (local.get $i)) (local.get $i))
              (br_if $next
                (i32.ne (local.tee $i (i32.add (local.get $i) (i32.const 4))) (i32.const 64))))
            (call $throw (i32.load $a offset=60 (local.get $p))))
          (unreachable))))
      (local.set $i (i32.const 0))
      (loop $next
        (local.set $s (i32.add (local.get $s) (i32.load $a (i32.add (local.get $p) (local.get $i)))))
        (br_if $next
          (i32.lt_s (local.tee $i (i32.add (local.get $i) (i32.const 4))) (i32.const 64))))
      (local.set $p (i32.add (local.get $p) (i32.const 32)))
      (br_if $again (local.tee $n (i32.sub (local.get $n) (i32.const 1)))))
    (local.get $s)))
(assert_trap (invoke "over" (i32.const 64) (i32.const 4)) "out of bounds memory access")
(assert_return (invoke "grow") (i32.const 0))
(invoke "put" (i32.const 8) (i32.const 41))
(assert_return (invoke "over" (i32.const 64) (i32.const 400)) (i32.const 400))
(assert_return (invoke "at" (i32.const 72)) (i32.const 42))
(assert_return (invoke "at" (i32.const 460)) (i32.const 1))
(assert_trap (invoke "over" (i32.const 0xfff0) (i32.const 400)) "out of bounds memory access")
(assert_return (invoke "at" (i32.const 0xfff8)) (i32.const 42))
(assert_return (invoke "caught" (i32.const 1024) (i32.const 5)) (i32.const 2700))
(assert_trap (invoke "caught" (i32.const 0xffe0) (i32.const 1)) "out of bounds memory access")

;; A function with so many loops that LLVM's loop passes do not run on it (codegen/plan/ladder.c), so that
;; its loops are not in the form that these leave: what the first loop computes enters the second one
;; by the edge back.
(module
  (memory 1)
  (func (export "put") (param i32 i32) (i32.store (local.get 0) (local.get 1)))
  (func (export "at") (param i32) (result i32) (i32.load (local.get 0)))
  (func (export "late") (param $p i32) (param $n i32) (param $q i32) (param $m i32)
    (local $x i32) (local $z i32)
    (loop) (loop) (loop) (loop) (loop) (loop) (loop) (loop) (loop) (loop) (loop) (loop)
    (loop) (loop) (loop) (loop) (loop) (loop) (loop) (loop) (loop) (loop) (loop) (loop)
    (loop) (loop) (loop) (loop) (loop) (loop) (loop) (loop) (loop) (loop) (loop) (loop)
    (loop) (loop) (loop) (loop) (loop) (loop) (loop) (loop) (loop) (loop) (loop) (loop)
    (loop) (loop) (loop) (loop) (loop) (loop) (loop) (loop) (loop) (loop) (loop) (loop)
    (loop) (loop) (loop) (loop) (loop) (loop) (loop) (loop) (loop) (loop) (loop) (loop)
    (loop) (loop) (loop) (loop) (loop) (loop) (loop) (loop) (loop) (loop) (loop) (loop)
    (loop) (loop) (loop) (loop) (loop) (loop) (loop) (loop) (loop) (loop) (loop) (loop)
    (loop) (loop) (loop) (loop) (loop) (loop) (loop) (loop) (loop) (loop) (loop) (loop)
    (loop) (loop) (loop) (loop) (loop) (loop) (loop) (loop) (loop) (loop) (loop) (loop)
    (loop) (loop) (loop) (loop) (loop) (loop) (loop) (loop) (loop) (loop) (loop) (loop)
    (loop) (loop) (loop) (loop) (loop) (loop) (loop) (loop) (loop) (loop) (loop) (loop)
    (loop) (loop) (loop) (loop) (loop) (loop) (loop) (loop) (loop) (loop) (loop) (loop)
    (loop) (loop) (loop) (loop) (loop) (loop) (loop) (loop) (loop) (loop) (loop) (loop)
    (loop) (loop) (loop) (loop) (loop) (loop) (loop) (loop) (loop) (loop) (loop) (loop)
    (loop) (loop) (loop) (loop) (loop) (loop) (loop) (loop) (loop) (loop) (loop) (loop)
    (loop) (loop) (loop) (loop) (loop) (loop) (loop) (loop) (loop) (loop) (loop) (loop)
    (loop) (loop) (loop) (loop) (loop) (loop) (loop) (loop) (loop) (loop) (loop) (loop)
    (loop) (loop) (loop) (loop) (loop) (loop) (loop) (loop) (loop) (loop) (loop) (loop)
    (loop) (loop) (loop) (loop) (loop) (loop) (loop) (loop) (loop) (loop) (loop) (loop)
    (loop) (loop) (loop) (loop) (loop) (loop) (loop) (loop) (loop) (loop) (loop) (loop)
    (loop) (loop) (loop) (loop) (loop) (loop) (loop) (loop) (loop) (loop) (loop) (loop)
    (loop) (loop) (loop) (loop) (loop) (loop) (loop) (loop) (loop) (loop) (loop) (loop)
    (loop) (loop) (loop) (loop) (loop) (loop) (loop) (loop) (loop) (loop) (loop) (loop)
    (loop) (loop) (loop) (loop) (loop) (loop) (loop) (loop) (loop) (loop) (loop) (loop)
    (loop) (loop) (loop) (loop) (loop) (loop) (loop) (loop) (loop) (loop) (loop) (loop)
    (loop) (loop) (loop) (loop) (loop) (loop) (loop) (loop) (loop) (loop) (loop) (loop)
    (loop) (loop) (loop) (loop) (loop) (loop) (loop) (loop) (loop) (loop) (loop) (loop)
    (loop) (loop) (loop) (loop) (loop) (loop) (loop) (loop) (loop) (loop) (loop) (loop)
    (loop) (loop) (loop) (loop) (loop) (loop) (loop) (loop) (loop) (loop) (loop) (loop)
    (loop) (loop) (loop) (loop) (loop) (loop) (loop) (loop) (loop) (loop) (loop) (loop)
    (loop) (loop) (loop) (loop) (loop) (loop) (loop) (loop) (loop) (loop) (loop) (loop)
    (loop) (loop) (loop) (loop) (loop) (loop) (loop) (loop) (loop) (loop) (loop) (loop)
    (loop) (loop) (loop) (loop) (loop) (loop) (loop) (loop) (loop) (loop) (loop) (loop)
    (loop) (loop) (loop) (loop) (loop) (loop) (loop) (loop) (loop) (loop) (loop) (loop)
    (loop) (loop) (loop) (loop) (loop) (loop) (loop) (loop) (loop) (loop) (loop) (loop)
    (loop) (loop) (loop) (loop) (loop) (loop) (loop) (loop) (loop) (loop) (loop) (loop)
    (loop) (loop) (loop) (loop) (loop) (loop) (loop) (loop) (loop) (loop) (loop) (loop)
    (loop) (loop) (loop) (loop) (loop) (loop) (loop) (loop) (loop) (loop) (loop) (loop)
    (loop) (loop) (loop) (loop) (loop) (loop) (loop) (loop) (loop) (loop) (loop) (loop)
    (loop) (loop) (loop) (loop) (loop) (loop) (loop) (loop) (loop) (loop) (loop) (loop)
    (loop) (loop) (loop) (loop) (loop) (loop) (loop) (loop) (loop) (loop) (loop) (loop)
    (local.set $z (local.get $n))
    (loop $first
      (local.set $x (i32.add (i32.mul (local.get $x) (i32.const 3)) (i32.load (local.get $p))))
      (local.set $p (i32.add (local.get $p) (i32.const 4)))
      (br_if $first (local.tee $n (i32.add (local.get $n) (i32.const -1)))))
    (loop $second
      (i32.store (local.get $q) (local.get $z))
      (local.set $z (local.get $x))
      (local.set $q (i32.add (local.get $q) (i32.const 4)))
      (br_if $second (local.tee $m (i32.sub (local.get $m) (i32.const 1)))))))
(invoke "put" (i32.const 100) (i32.const 5))
(invoke "put" (i32.const 104) (i32.const 7))
(invoke "late" (i32.const 100) (i32.const 2) (i32.const 200) (i32.const 3))
(assert_return (invoke "at" (i32.const 200)) (i32.const 2))
(assert_return (invoke "at" (i32.const 204)) (i32.const 22))
(assert_return (invoke "at" (i32.const 208)) (i32.const 22))
