;; SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
;;
;; Two loops that get a second version together (codegen/passes/loop_nest.c). Each is here twice, in the same
;; words but for a call that nothing sees through, which leaves the second as it is; both have to leave
;; the same memory, at every distance of the arrays, and after a trap. Run at every level.

(module $other (func (export "nothing")))
(register "other" $other)

(module
  (import "other" "nothing" (func $nothing))
  (memory (export "memory") 2)

  (func $fill (export "fill") (local $i i32)
    (loop $l
      (i32.store (local.get $i)
        (i32.mul (i32.add (i32.and (local.get $i) (i32.const 0xffff)) (i32.const 1)) (i32.const 0x9e3779b1)))
      (br_if $l (i32.lt_u (local.tee $i (i32.add (local.get $i) (i32.const 4))) (i32.const 0x20000)))))

  ;; both halves of the memory up to there are the same
  (func $same (export "same") (param $to i32) (result i32) (local $i i32)
    (loop $l
      (if (i32.ne (i32.load8_u (local.get $i)) (i32.load8_u offset=0x10000 (local.get $i)))
        (then (return (i32.const 0))))
      (br_if $l (i32.lt_u (local.tee $i (i32.add (local.get $i) (i32.const 1))) (local.get $to))))
    (i32.const 1))

  ;; row c of eight words += a[k] * row b[k], k < n
  (func $product (export "product") (param $a i32) (param $b i32) (param $c i32) (param $n i32)
    (local $j i32) (local $x i32)
    (if (local.get $n) (then (loop $outer
      (local.set $x (i32.load (local.get $a)))
      (local.set $j (i32.const 0))
      (loop $inner
        (i32.store (i32.add (local.get $c) (local.get $j))
          (i32.add (i32.load (i32.add (local.get $c) (local.get $j)))
            (i32.mul (local.get $x) (i32.load (i32.add (local.get $b) (local.get $j))))))
        (br_if $inner (i32.ne (local.tee $j (i32.add (local.get $j) (i32.const 4))) (i32.const 32))))
      (local.set $a (i32.add (local.get $a) (i32.const 4)))
      (local.set $b (i32.add (local.get $b) (i32.const 32)))
      (br_if $outer (local.tee $n (i32.sub (local.get $n) (i32.const 1))))))))
  (func $product_slow (export "product_slow") (param $a i32) (param $b i32) (param $c i32) (param $n i32)
    (local $j i32) (local $x i32)
    (if (local.get $n) (then (loop $outer
      (local.set $x (i32.load (local.get $a)))
      (local.set $j (i32.const 0))
      (loop $inner
        (i32.store (i32.add (local.get $c) (local.get $j))
          (i32.add (i32.load (i32.add (local.get $c) (local.get $j)))
            (i32.mul (local.get $x) (i32.load (i32.add (local.get $b) (local.get $j))))))
        (call $nothing)
        (br_if $inner (i32.ne (local.tee $j (i32.add (local.get $j) (i32.const 4))) (i32.const 32))))
      (local.set $a (i32.add (local.get $a) (i32.const 4)))
      (local.set $b (i32.add (local.get $b) (i32.const 32)))
      (br_if $outer (local.tee $n (i32.sub (local.get $n) (i32.const 1))))))))

  ;; columns from the last to the first, elements from the last to the first: d[k] = the sum of
  ;; column k, in words; what is left of pointers and sums is the result
  (func $columns (export "columns") (param $m i32) (param $d i32) (param $n i32) (result i32)
    (local $j i32) (local $x i32)
    (loop $outer
      (local.set $x (i32.load (local.get $d)))
      (local.set $j (i32.const 320))
      (loop $inner
        (local.set $x (i32.add (local.get $x) (i32.load (i32.add (local.get $m) (local.get $j)))))
        (br_if $inner (local.tee $j (i32.sub (local.get $j) (i32.const 32)))))
      (i32.store (local.get $d) (local.get $x))
      (local.set $m (i32.sub (local.get $m) (i32.const 4)))
      (local.set $d (i32.sub (local.get $d) (i32.const 4)))
      (br_if $outer (local.tee $n (i32.sub (local.get $n) (i32.const 1)))))
    (i32.add (local.get $x) (i32.sub (local.get $m) (local.get $d))))
  (func $columns_slow (export "columns_slow") (param $m i32) (param $d i32) (param $n i32) (result i32)
    (local $j i32) (local $x i32)
    (loop $outer
      (local.set $x (i32.load (local.get $d)))
      (local.set $j (i32.const 320))
      (loop $inner
        (local.set $x (i32.add (local.get $x) (i32.load (i32.add (local.get $m) (local.get $j)))))
        (call $nothing)
        (br_if $inner (local.tee $j (i32.sub (local.get $j) (i32.const 32)))))
      (i32.store (local.get $d) (local.get $x))
      (local.set $m (i32.sub (local.get $m) (i32.const 4)))
      (local.set $d (i32.sub (local.get $d) (i32.const 4)))
      (br_if $outer (local.tee $n (i32.sub (local.get $n) (i32.const 1)))))
    (i32.add (local.get $x) (i32.sub (local.get $m) (local.get $d))))

  ;; bytes, by an index that grows while a pointer shrinks: each round moves a row of 16 down
  ;; by a row, and counts in words what it has done
  (func $move (export "move") (param $p i32) (param $q i32) (param $i i32) (param $count i32)
    (local $j i32)
    (loop $outer
      (local.set $j (i32.const 16))
      (loop $inner
        (i32.store8 (i32.add (i32.add (local.get $p) (local.get $i)) (local.get $j))
          (i32.add (i32.load8_u (i32.sub (local.get $q) (local.get $j))) (i32.const 1)))
        (br_if $inner (local.tee $j (i32.sub (local.get $j) (i32.const 1)))))
      (i32.store (local.get $count) (i32.add (i32.load (local.get $count)) (i32.const 1)))
      (local.set $q (i32.sub (local.get $q) (i32.const 16)))
      (br_if $outer (i32.lt_s (local.tee $i (i32.add (local.get $i) (i32.const 16))) (i32.const 256)))))
  (func $move_slow (export "move_slow") (param $p i32) (param $q i32) (param $i i32) (param $count i32)
    (local $j i32)
    (loop $outer
      (local.set $j (i32.const 16))
      (loop $inner
        (i32.store8 (i32.add (i32.add (local.get $p) (local.get $i)) (local.get $j))
          (i32.add (i32.load8_u (i32.sub (local.get $q) (local.get $j))) (i32.const 1)))
        (call $nothing)
        (br_if $inner (local.tee $j (i32.sub (local.get $j) (i32.const 1)))))
      (i32.store (local.get $count) (i32.add (i32.load (local.get $count)) (i32.const 1)))
      (local.set $q (i32.sub (local.get $q) (i32.const 16)))
      (br_if $outer (i32.lt_s (local.tee $i (i32.add (local.get $i) (i32.const 16))) (i32.const 256)))))

  ;; at every distance of two arrays, from a step below to a step beyond: 0, or the first that differs
  (func (export "all_products") (param $n i32) (result i32) (local $d i32)
    (local.set $d (i32.const 0x1000))
    (loop $l
      (call $fill)
      (call $product (i32.const 0x800) (i32.const 0x1400) (local.get $d) (local.get $n))
      (call $product_slow (i32.const 0x10800) (i32.const 0x11400)
        (i32.add (local.get $d) (i32.const 0x10000)) (local.get $n))
      (if (i32.eqz (call $same (i32.const 0x10000))) (then (return (local.get $d))))
      (br_if $l (i32.lt_u (local.tee $d (i32.add (local.get $d) (i32.const 1))) (i32.const 0x1800))))
    (local.set $d (i32.const 0x7c0))
    (loop $l
      (call $fill)
      (call $product (i32.const 0x800) (i32.const 0x1400) (local.get $d) (local.get $n))
      (call $product_slow (i32.const 0x10800) (i32.const 0x11400)
        (i32.add (local.get $d) (i32.const 0x10000)) (local.get $n))
      (if (i32.eqz (call $same (i32.const 0x10000))) (then (return (local.get $d))))
      (br_if $l (i32.lt_u (local.tee $d (i32.add (local.get $d) (i32.const 1))) (i32.const 0x860))))
    (i32.const 0))

  (func (export "all_columns") (param $n i32) (result i32) (local $d i32)
    (local.set $d (i32.const 0xf00))
    (loop $l
      (call $fill)
      (if (i32.sub
            (call $columns (i32.const 0x1000) (local.get $d) (local.get $n))
            (call $columns_slow (i32.const 0x11000) (i32.add (local.get $d) (i32.const 0x10000))
              (local.get $n)))
        (then (return (local.get $d))))
      (if (i32.eqz (call $same (i32.const 0x10000))) (then (return (local.get $d))))
      (br_if $l (i32.lt_u (local.tee $d (i32.add (local.get $d) (i32.const 1))) (i32.const 0x1200))))
    (i32.const 0))

  (func (export "all_moves") (param $i i32) (param $count i32) (result i32) (local $d i32)
    (local.set $d (i32.const 0x1000))
    (loop $l
      (call $fill)
      (call $move (local.get $d) (i32.const 0x1400) (local.get $i) (local.get $count))
      (call $move_slow (i32.add (local.get $d) (i32.const 0x10000)) (i32.const 0x11400)
        (local.get $i) (i32.add (local.get $count) (i32.const 0x10000)))
      (if (i32.eqz (call $same (i32.const 0x10000))) (then (return (local.get $d))))
      (br_if $l (i32.lt_u (local.tee $d (i32.add (local.get $d) (i32.const 1))) (i32.const 0x1500))))
    (i32.const 0)))

(assert_return (invoke "all_products" (i32.const 0)) (i32.const 0))
(assert_return (invoke "all_products" (i32.const 1)) (i32.const 0))
(assert_return (invoke "all_products" (i32.const 2)) (i32.const 0))
(assert_return (invoke "all_products" (i32.const 17)) (i32.const 0))
(assert_return (invoke "all_columns" (i32.const 1)) (i32.const 0))
(assert_return (invoke "all_columns" (i32.const 40)) (i32.const 0))
(assert_return (invoke "all_moves" (i32.const 0) (i32.const 0x100)) (i32.const 0))
(assert_return (invoke "all_moves" (i32.const 255) (i32.const 0x100)) (i32.const 0))
(assert_return (invoke "all_moves" (i32.const 300) (i32.const 0x100)) (i32.const 0))
(assert_return (invoke "all_moves" (i32.const -256) (i32.const 0x100)) (i32.const 0))
(assert_return (invoke "all_moves" (i32.const 0) (i32.const 0x1380)) (i32.const 0))
(assert_return (invoke "all_moves" (i32.const 0) (i32.const 0x1107)) (i32.const 0))

;; the last row ends where the memory does; a word further, and the trap is in its last word; further on,
;; amid the rows. What was stored before is there, and nothing else
(invoke "fill")
(invoke "product" (i32.const 0x800) (i32.const 0x1ff00) (i32.const 0x100) (i32.const 8))
(invoke "product_slow" (i32.const 0x800) (i32.const 0x1ff00) (i32.const 0x10100) (i32.const 8))
(assert_return (invoke "same" (i32.const 0x10000)) (i32.const 1))
(assert_trap (invoke "product" (i32.const 0x800) (i32.const 0x1ff04) (i32.const 0x100) (i32.const 8))
  "out of bounds memory access")
(assert_trap (invoke "product_slow" (i32.const 0x800) (i32.const 0x1ff04) (i32.const 0x10100) (i32.const 8))
  "out of bounds memory access")
(assert_return (invoke "same" (i32.const 0x10000)) (i32.const 1))
(assert_trap (invoke "product" (i32.const 0x800) (i32.const 0x1ff84) (i32.const 0x100) (i32.const 8))
  "out of bounds memory access")
(assert_trap (invoke "product_slow" (i32.const 0x800) (i32.const 0x1ff84) (i32.const 0x10100) (i32.const 8))
  "out of bounds memory access")
(assert_return (invoke "same" (i32.const 0x10000)) (i32.const 1))

;; the factor of a row is beyond the end, and the row before it is done
(assert_trap (invoke "product" (i32.const 0x1fff8) (i32.const 0x1400) (i32.const 0x100) (i32.const 8))
  "out of bounds memory access")
(assert_trap (invoke "product_slow" (i32.const 0x1fff8) (i32.const 0x1400) (i32.const 0x10100) (i32.const 8))
  "out of bounds memory access")
(assert_return (invoke "same" (i32.const 0x10000)) (i32.const 1))

;; addresses that wrap: before the first access, which is none, and amid the rounds, which trap there
(assert_trap (invoke "product" (i32.const 0x800) (i32.const -32) (i32.const 0x100) (i32.const 8))
  "out of bounds memory access")
(assert_trap (invoke "product" (i32.const 0x800) (i32.const 0x1400) (i32.const -8) (i32.const 8))
  "out of bounds memory access")
(invoke "fill")
(assert_trap (invoke "columns" (i32.const -310) (i32.const 0x300) (i32.const 100))
  "out of bounds memory access")
(assert_trap (invoke "columns_slow" (i32.const -310) (i32.const 0x10300) (i32.const 100))
  "out of bounds memory access")
(assert_return (invoke "same" (i32.const 0x10000)) (i32.const 1))
(assert_trap (invoke "columns" (i32.const 0x1000) (i32.const 0x20) (i32.const 10))
  "out of bounds memory access")
(assert_trap (invoke "columns" (i32.const 0x1000) (i32.const 0x20) (i32.const 0))
  "out of bounds memory access")
(invoke "fill")
(invoke "move" (i32.const 0x2000) (i32.const 0x1400) (i32.const -0x1000) (i32.const 0x100))
(invoke "move_slow" (i32.const 0x12000) (i32.const 0x11400) (i32.const -0x1000) (i32.const 0x10100))
(assert_return (invoke "same" (i32.const 0x10000)) (i32.const 1))
(assert_trap (invoke "move" (i32.const 0x800) (i32.const 0x1400) (i32.const -0x810) (i32.const 0x100))
  "out of bounds memory access")
(assert_trap (invoke "move" (i32.const 0x1000) (i32.const 0x100) (i32.const -0x200) (i32.const 0x400))
  "out of bounds memory access")
