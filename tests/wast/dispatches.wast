;; SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
;;
;; Loops that begin with a br_table on a local (codegen/emit/emit_dispatch.c): branches to them with
;; constants inside, at the end of and beyond the table, to labels outside, and with what nobody
;; knows; locals that only some ways set; loops between states that are entered in the middle;
;; traps in the middle.

(module
  (memory 1)
  ;; Counts $n down by two states that follow each other, which may be entered at the second.
  (func (export "pair") (param $pc i32) (param $n i32) (result i32)
    (local $sum i32) (local $first i32)
    (loop $next
      (block $b (block $a
        (br_table $a $b (local.get $pc)))
        (local.set $sum (i32.add (local.get $sum) (i32.const 100)))
        (local.set $first (local.get $n))
        (local.set $pc (i32.const 1))
        (br $next))
      (local.set $sum (i32.add (local.get $sum) (i32.const 1)))
      (local.set $n (i32.sub (local.get $n) (i32.const 1)))
      (if (local.get $n) (then (local.set $pc (i32.const 0)) (br $next))))
    (i32.add (i32.mul (local.get $first) (i32.const 10000)) (local.get $sum)))

  ;; Each state goes to the one that is named by a digit, by a constant; 3 and more are the default,
  ;; label 4 is outside, and the way there is found through br_if and an inner table as well.
  (func (export "digits") (param $digits i32) (result i32)
    (local $pc i32) (local $path i32) (local $digit i32)
    (block $out
      (loop $next
        (block $other (block $c (block $b (block $a
          (br_table $a $b $c $other $out $other (local.get $pc)))
          (local.set $path (i32.add (i32.mul (local.get $path) (i32.const 10)) (i32.const 1)))
          (local.set $digit (i32.rem_u (local.get $digits) (i32.const 10)))
          (local.set $digits (i32.div_u (local.get $digits) (i32.const 10)))
          (local.set $pc (i32.const 1))
          (br_if $next (i32.eq (local.get $digit) (i32.const 1)))
          (local.set $pc (i32.const 2))
          (br_if $next (i32.eq (local.get $digit) (i32.const 2)))
          (local.set $pc (i32.const 77))
          (br_if $next (i32.eq (local.get $digit) (i32.const 3)))
          (local.set $pc (i32.const -1))
          (br_if $next (i32.eq (local.get $digit) (i32.const 4)))
          (local.set $pc (i32.const 4))
          (br $next))
          (local.set $path (i32.add (i32.mul (local.get $path) (i32.const 10)) (i32.const 2)))
          (local.set $pc (local.get $digit)) ;; 1: nobody knows; itself would have no end
          (local.set $digit (i32.const 0))
          (br $next))
        (local.set $path (i32.add (i32.mul (local.get $path) (i32.const 10)) (i32.const 3)))
        (local.set $pc (i32.const 0))
        (block $stay
          (br_table $stay $next $stay (i32.and (local.get $digits) (i32.const 1))))
        (local.set $pc (i32.const 3))
        (br $next))
      (local.set $path (i32.add (i32.mul (local.get $path) (i32.const 10)) (i32.const 4)))
      (local.set $pc (i32.const 0))
      (br_if $next (local.get $digits))
      (return (i32.sub (i32.const 0) (local.get $path)))))
    (local.get $path))

  ;; Writes $n words from the end of memory downwards or upwards, and traps where it must.
  (func (export "walk") (param $at i32) (param $step i32) (param $n i32)
    (local $pc i32)
    (loop $next
      (block $end (block $store (block $test
        (br_table $test $store $end (local.get $pc)))
        (local.set $pc (select (i32.const 1) (i32.const 2) (local.get $n)))
        (br $next))
        (i32.store (local.get $at) (local.get $n))
        (local.set $at (i32.add (local.get $at) (local.get $step)))
        (local.set $n (i32.sub (local.get $n) (i32.const 1)))
        (local.set $pc (i32.const 0))
        (br $next))))
  (func (export "at") (param $t i32) (result i32) (i32.load (local.get $t)))

  ;; The table sends to the function's own label.
  (func (export "leave") (param $pc i32)
    (loop $next
      (block $a
        (br_table $a 2 (local.get $pc)))
      (i32.store (i32.const 0) (i32.const 7))
      (local.set $pc (i32.const 1))
      (br $next)))

  ;; A dispatch in a state of another, with the same local.
  (func (export "nested") (param $pc i32) (result i32)
    (local $path i32)
    (loop $outer
      (block $y (block $x
        (br_table $x $y (local.get $pc)))
        (loop $inner
          (block $b (block $a
            (br_table $a $b (local.get $pc)))
            (local.set $path (i32.add (local.get $path) (i32.const 1)))
            (local.set $pc (i32.const 1))
            (br $inner))
          (local.set $path (i32.add (local.get $path) (i32.const 10)))
          (br $outer)))
      (local.set $path (i32.add (local.get $path) (i32.const 100))))
    (local.get $path)))

(assert_return (invoke "pair" (i32.const 0) (i32.const 3)) (i32.const 10303))
(assert_return (invoke "pair" (i32.const 1) (i32.const 3)) (i32.const 10203))
(assert_return (invoke "pair" (i32.const 1) (i32.const 1)) (i32.const 1))
(assert_return (invoke "pair" (i32.const -1) (i32.const 2)) (i32.const 10102))
(assert_return (invoke "digits" (i32.const 0)) (i32.const 1))
(assert_return (invoke "digits" (i32.const 3)) (i32.const -14))
(assert_return (invoke "digits" (i32.const 4)) (i32.const -14))
(assert_return (invoke "digits" (i32.const 43)) (i32.const -1414))
(assert_return (invoke "digits" (i32.const 2)) (i32.const -134))
(assert_return (invoke "digits" (i32.const 12)) (i32.const 131221))
(assert_return (invoke "walk" (i32.const 65528) (i32.const -4) (i32.const 3)))
(assert_return (invoke "at" (i32.const 65528)) (i32.const 3))
(assert_return (invoke "at" (i32.const 65520)) (i32.const 1))
(assert_trap (invoke "walk" (i32.const 65528) (i32.const 4) (i32.const 9)) "out of bounds memory access")
(assert_return (invoke "at" (i32.const 65528)) (i32.const 9))
(assert_return (invoke "at" (i32.const 65532)) (i32.const 8))
(assert_return (invoke "walk" (i32.const 0) (i32.const 4) (i32.const 0)))
(assert_return (invoke "at" (i32.const 0)) (i32.const 0))
(assert_return (invoke "leave" (i32.const 5)))
(assert_return (invoke "at" (i32.const 0)) (i32.const 0))
(assert_return (invoke "leave" (i32.const 0)))
(assert_return (invoke "at" (i32.const 0)) (i32.const 7))
(assert_return (invoke "nested" (i32.const 0)) (i32.const 111))
(assert_return (invoke "nested" (i32.const 1)) (i32.const 100))

;; Locals of all types, exceptions that states throw and catch, constants beyond the table.

(module
  (memory 1)
  (tag $e (param i32))
  (elem declare func $throw)
  (func $throw (param i32) (if (local.get 0) (then (throw $e (local.get 0)))))
  (func (export "types") (param $n i32) (result f64)
    (local $pc i32) (local $f f32) (local $d f64) (local $l i64) (local $v v128) (local $r funcref)
    (loop $next
      (block $c (block $b (block $a
        (br_table $a $b $c (local.get $pc)))
        (local.set $f (f32.add (local.get $f) (f32.const 1)))
        (local.set $r (ref.func $throw))
        (local.set $v (i32x4.add (local.get $v) (i32x4.splat (local.get $n))))
        (local.set $pc (i32.const 1))
        (br $next))
        (local.set $l (i64.add (local.get $l) (i64.const 3)))
        (local.set $n (i32.sub (local.get $n) (i32.const 1)))
        (if (ref.is_null (local.get $r)) (then (unreachable)))
        (local.set $pc (i32.const 99))
        (br_if $next (i32.eqz (local.get $n)))
        (local.set $pc (i32.const 0))
        (br $next))
      (local.set $d (f64.promote_f32 (local.get $f))))
    (f64.add (f64.add (local.get $d) (f64.convert_i64_s (local.get $l)))
             (f64.convert_i32_s (i32x4.extract_lane 2 (local.get $v)))))

  (func (export "catches") (param $n i32) (result i32)
    (local $pc i32) (local $sum i32) (local $caught i32)
    (loop $next
      (block $c (block $b (block $a
        (br_table $a $b $c (local.get $pc)))
        (local.set $caught (block $h (result i32)
          (try_table (catch $e $h)
            (local.set $sum (i32.add (local.get $sum) (i32.const 1)))
            (local.set $pc (i32.const 1))
            (call $throw (i32.and (local.get $n) (i32.const 1)))
            (local.set $sum (i32.add (local.get $sum) (i32.const 10)))
            (br_if $next (local.get $n))
            (local.set $pc (i32.const 2))
            (br $next))
          (unreachable)))
        (local.set $sum (i32.add (local.get $sum) (i32.const 100)))
        (br $next))
        (local.set $n (i32.sub (local.get $n) (i32.const 1)))
        (local.set $pc (i32.const 0))
        (br $next)))
    (i32.add (local.get $sum) (i32.mul (local.get $caught) (i32.const 10000))))

  ;; A catch goes to the loop itself.
  (func (export "again") (param $n i32) (result i32)
    (local $pc i32) (local $sum i32)
    (loop $next
      (block $b (block $a
        (br_table $a $b (local.get $pc)))
        (local.set $pc (i32.const 1))
        (try_table (catch_all $next)
          (call $throw (local.get $n))
          (local.set $pc (i32.const 0))
          (local.set $n (i32.const 5))
          (call $throw (local.get $n))))
      (local.set $sum (i32.add (local.get $sum) (local.get $n)))
      (local.set $n (i32.sub (local.get $n) (i32.const 1)))
      (local.set $pc (i32.const 0))
      (br_if $next (i32.gt_s (local.get $n) (i32.const 0))))
    (local.get $sum))

  ;; Operands below the loop, a table that leaves it, a loop with parameters inside.
  (func (export "below") (param $n i32) (result i32)
    (local $pc i32)
    (i32.const 1000)
    (block $out
      (loop $next
        (block $b (block $a
          (br_table $a $b $out (local.get $pc)))
          (local.get $n)
          (loop $p (param i32) (result i32)
            (i32.sub (i32.const 1)) (local.tee $n)
            (br_if $p (i32.gt_s (local.get $n) (i32.const 4))))
          (drop)
          (local.set $pc (i32.const 1))
          (i32.const 7) (br $next))
        (i32.const 5)
        (local.set $pc (i32.const 7))
        (br_if $next (local.get $n)) (drop)))
    (i32.add (local.get $n))))

(assert_return (invoke "types" (i32.const 3)) (f64.const 18))
(assert_return (invoke "catches" (i32.const 0)) (i32.const 11))
(assert_return (invoke "catches" (i32.const 1)) (i32.const 10112))
(assert_return (invoke "catches" (i32.const 2)) (i32.const 10123))
(assert_return (invoke "again" (i32.const 2)) (i32.const 3))
(assert_return (invoke "below" (i32.const 9)) (i32.const 1004))
