;; SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
;;
;; Functions that return before they call anything: they ask for the stack, and save registers, only
;; on the way to a call. Results of both ways, and recursion without end, which traps on each.

(module
  (memory 1)
  (table funcref (elem $forever $indirect))
  (type $n (func (param i32) (result i32)))

  ;; The early result is an argument, which lives on where the function calls.
  (func $tak (export "tak") (param $x i32) (param $y i32) (param $z i32) (result i32)
    (if (i32.ge_s (local.get $y) (local.get $x)) (then (return (local.get $z))))
    (call $tak
      (call $tak (i32.sub (local.get $x) (i32.const 1)) (local.get $y) (local.get $z))
      (call $tak (i32.sub (local.get $y) (i32.const 1)) (local.get $z) (local.get $x))
      (call $tak (i32.sub (local.get $z) (i32.const 1)) (local.get $x) (local.get $y))))

  (func $hanoi (export "hanoi") (param $n i32) (result i32)
    (if (i32.eqz (local.get $n)) (then (return (i32.const 0))))
    (i32.add (i32.add (call $hanoi (i32.sub (local.get $n) (i32.const 1)))
                      (call $hanoi (i32.sub (local.get $n) (i32.const 1))))
             (i32.const 1)))

  ;; Two results, in memory and floats, and three ways to return.
  (func $pair (export "pair") (param $n i32) (param $x f64) (result i32 f64)
    (if (i32.eqz (local.get $n)) (then (return (i32.const 7) (local.get $x))))
    (if (i32.eq (local.get $n) (i32.const 100)) (then (return (i32.const 100) (f64.const 0.5))))
    (call $pair (i32.sub (local.get $n) (i32.const 1)) (f64.mul (local.get $x) (f64.const 2)))
    (local.set $x)
    (i32.add (i32.const 1))
    (f64.add (local.get $x) (f64.const 1)))

  ;; Nothing is returned, and a loop stands before the call.
  (func $fill (export "fill") (param $p i32) (param $n i32)
    (local $i i32)
    (if (i32.gt_u (local.get $n) (i32.const 64)) (then (return)))
    (loop $next
      (i32.store8 (i32.add (local.get $p) (local.get $i)) (local.get $n))
      (br_if $next (i32.lt_u (local.tee $i (i32.add (local.get $i) (i32.const 1)))
                             (local.get $n))))
    (call $fill (i32.add (local.get $p) (local.get $n)) (i32.add (local.get $n) (i32.const 1))))
  (func (export "sum") (param $end i32) (result i32)
    (local $sum i32)
    (loop $next
      (local.set $sum (i32.add (local.get $sum)
        (i32.load8_u (local.tee $end (i32.sub (local.get $end) (i32.const 1))))))
      (br_if $next (local.get $end)))
    (local.get $sum))

  ;; A switch of which one way calls.
  (func $switch (export "switch") (param $n i32) (result i32)
    (block $three (block $two (block $one (block $zero
      (br_table $zero $one $two $three (local.get $n)))
      (return (i32.const 10)))
      (return (i32.const 11)))
      (return (i32.const 12)))
    (i32.add (call $switch (i32.sub (local.get $n) (i32.const 3))) (i32.const 100)))

  ;; Without end: what stands before the call is done, if the call is reached.
  (func $forever (export "forever") (param $n i32) (result i32)
    (if (i32.eqz (local.get $n)) (then (return (i32.const 1))))
    (i32.add (call $forever (i32.or (local.get $n) (i32.const 1))) (i32.const 1)))
  (func $indirect (export "indirect") (param $n i32) (result i32)
    (if (i32.eqz (local.get $n)) (then (return (i32.const 2))))
    (i32.add (call_indirect (type $n) (local.get $n) (i32.const 1)) (i32.const 1)))
  (func $even (export "even") (param $n i64) (result i32)
    (if (i64.eqz (local.get $n)) (then (return (i32.const 1))))
    (i32.eqz (call $odd (i64.sub (local.get $n) (i64.const 1)))))
  (func $odd (param $n i64) (result i32)
    (if (i64.eqz (local.get $n)) (then (return (i32.const 1))))
    (i32.eqz (call $even (i64.sub (local.get $n) (i64.const 1))))))

(assert_return (invoke "tak" (i32.const 3) (i32.const 3) (i32.const 9)) (i32.const 9))
(assert_return (invoke "tak" (i32.const 10) (i32.const 5) (i32.const 1)) (i32.const 5))
(assert_return (invoke "hanoi" (i32.const 0)) (i32.const 0))
(assert_return (invoke "hanoi" (i32.const 12)) (i32.const 4095))
(assert_return (invoke "pair" (i32.const 0) (f64.const 3)) (i32.const 7) (f64.const 3))
(assert_return (invoke "pair" (i32.const 100) (f64.const 3)) (i32.const 100) (f64.const 0.5))
(assert_return (invoke "pair" (i32.const 3) (f64.const 1)) (i32.const 10) (f64.const 11))
(assert_return (invoke "pair" (i32.const 102) (f64.const 1)) (i32.const 102) (f64.const 2.5))
(assert_return (invoke "fill" (i32.const 0) (i32.const 65)))
(assert_return (invoke "fill" (i32.const 0) (i32.const 1)))
(assert_return (invoke "sum" (i32.const 3000)) (i32.const 89440))
(assert_return (invoke "switch" (i32.const 2)) (i32.const 12))
(assert_return (invoke "switch" (i32.const 7)) (i32.const 211))
(assert_return (invoke "forever" (i32.const 0)) (i32.const 1))
(assert_exhaustion (invoke "forever" (i32.const 1)) "call stack exhausted")
(assert_return (invoke "indirect" (i32.const 0)) (i32.const 2))
(assert_exhaustion (invoke "indirect" (i32.const 1)) "call stack exhausted")
(assert_return (invoke "even" (i64.const 1000)) (i32.const 1))
(assert_exhaustion (invoke "even" (i64.const -1)) "call stack exhausted")
(assert_exhaustion (invoke "switch" (i32.const -1)) "call stack exhausted")
(assert_return (invoke "hanoi" (i32.const 12)) (i32.const 4095))
