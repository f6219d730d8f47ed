;; SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
;;
;; 128-bit numbers in two halves: carries, borrows and signs, also where the optimiser knows some
;; of the operands.

(module
  (func (export "add") (param i64 i64 i64 i64) (result i64 i64)
    (i64.add128 (local.get 0) (local.get 1) (local.get 2) (local.get 3)))
  (func (export "sub") (param i64 i64 i64 i64) (result i64 i64)
    (i64.sub128 (local.get 0) (local.get 1) (local.get 2) (local.get 3)))
  (func (export "mul_s") (param i64 i64) (result i64 i64)
    (i64.mul_wide_s (local.get 0) (local.get 1)))
  (func (export "mul_u") (param i64 i64) (result i64 i64)
    (i64.mul_wide_u (local.get 0) (local.get 1)))
  ;; the carry of an i64 addition
  (func (export "carry") (param i64 i64) (result i64)
    (local $sum i64)
    (i64.add128 (local.get 0) (i64.const 0) (local.get 1) (i64.const 0))
    (local.set 0) (local.set $sum)
    (local.get 0))
  ;; 256 bits by hand: the high half of a sum of products
  (func (export "square") (param $low i64) (param $high i64) (result i64 i64 i64 i64)
    (local $a i64) (local $b i64) (local $c i64) (local $d i64) (local $e i64) (local $f i64)
    (i64.mul_wide_u (local.get $low) (local.get $low))
    (local.set $b) (local.set $a)
    (i64.mul_wide_u (local.get $high) (local.get $high))
    (local.set $d) (local.set $c)
    (i64.mul_wide_u (local.get $low) (local.get $high))
    (local.set $f) (local.set $e)
    (call $accumulate (local.get $b) (local.get $c) (local.get $d) (local.get $e) (local.get $f))
    (local.set $d) (local.set $c) (local.set $b)
    (call $accumulate (local.get $b) (local.get $c) (local.get $d) (local.get $e) (local.get $f))
    (local.set $d) (local.set $c) (local.set $b)
    (local.get $a) (local.get $b) (local.get $c) (local.get $d))
  ;; (b, c, d) + (e, f)
  (func $accumulate (param $b i64) (param $c i64) (param $d i64) (param $e i64) (param $f i64)
    (result i64 i64 i64)
    (i64.add128 (local.get $b) (i64.const 0) (local.get $e) (i64.const 0))
    (local.set $e) (local.set $b)
    (i64.add128 (local.get $c) (local.get $d) (local.get $f) (i64.const 0))
    (local.set $d) (local.set $c)
    (i64.add128 (local.get $c) (local.get $d) (local.get $e) (i64.const 0))
    (local.set $d) (local.set $c)
    (local.get $b) (local.get $c) (local.get $d)))

(assert_return (invoke "add" (i64.const -1) (i64.const 0) (i64.const 1) (i64.const 0))
  (i64.const 0) (i64.const 1))
(assert_return (invoke "add" (i64.const -1) (i64.const -1) (i64.const 1) (i64.const 0))
  (i64.const 0) (i64.const 0))
(assert_return (invoke "add" (i64.const -1) (i64.const -1) (i64.const -1) (i64.const -1))
  (i64.const -2) (i64.const -1))
(assert_return
  (invoke "add" (i64.const 0x8000_0000_0000_0000) (i64.const 0x7fff_ffff_ffff_ffff)
    (i64.const 0x8000_0000_0000_0000) (i64.const 0))
  (i64.const 0) (i64.const 0x8000_0000_0000_0000))
(assert_return (invoke "add" (i64.const 1) (i64.const 2) (i64.const 3) (i64.const 4))
  (i64.const 4) (i64.const 6))

(assert_return (invoke "carry" (i64.const -1) (i64.const 1)) (i64.const 1))
(assert_return (invoke "carry" (i64.const -1) (i64.const 0)) (i64.const 0))
(assert_return (invoke "carry" (i64.const -1) (i64.const -1)) (i64.const 1))
(assert_return (invoke "carry" (i64.const 0x7fff_ffff_ffff_ffff) (i64.const 1)) (i64.const 0))

(assert_return (invoke "sub" (i64.const 0) (i64.const 1) (i64.const 1) (i64.const 0))
  (i64.const -1) (i64.const 0))
(assert_return (invoke "sub" (i64.const 0) (i64.const 0) (i64.const 1) (i64.const 0))
  (i64.const -1) (i64.const -1))
(assert_return (invoke "sub" (i64.const 0) (i64.const 0) (i64.const 0) (i64.const 1))
  (i64.const 0) (i64.const -1))
(assert_return (invoke "sub" (i64.const 5) (i64.const 0) (i64.const 5) (i64.const 0))
  (i64.const 0) (i64.const 0))
(assert_return
  (invoke "sub" (i64.const 0) (i64.const 0x8000_0000_0000_0000) (i64.const 1) (i64.const 0))
  (i64.const -1) (i64.const 0x7fff_ffff_ffff_ffff))

(assert_return (invoke "mul_s" (i64.const -1) (i64.const -1)) (i64.const 1) (i64.const 0))
(assert_return (invoke "mul_s" (i64.const -1) (i64.const 1)) (i64.const -1) (i64.const -1))
(assert_return
  (invoke "mul_s" (i64.const 0x8000_0000_0000_0000) (i64.const 0x8000_0000_0000_0000))
  (i64.const 0) (i64.const 0x4000_0000_0000_0000))
(assert_return
  (invoke "mul_s" (i64.const 0x8000_0000_0000_0000) (i64.const 0x7fff_ffff_ffff_ffff))
  (i64.const 0x8000_0000_0000_0000) (i64.const 0xc000_0000_0000_0000))
(assert_return (invoke "mul_u" (i64.const -1) (i64.const -1)) (i64.const 1) (i64.const -2))
(assert_return (invoke "mul_u" (i64.const -1) (i64.const 2)) (i64.const -2) (i64.const 1))
(assert_return
  (invoke "mul_u" (i64.const 0x8000_0000_0000_0000) (i64.const 0x8000_0000_0000_0000))
  (i64.const 0) (i64.const 0x4000_0000_0000_0000))

;; (2^128 - 1)^2 = 2^256 - 2^129 + 1
(assert_return (invoke "square" (i64.const -1) (i64.const -1))
  (i64.const 1) (i64.const 0) (i64.const -2) (i64.const -1))
;; (2^64 + 1)^2 = 2^128 + 2^65 + 1
(assert_return (invoke "square" (i64.const 1) (i64.const 1))
  (i64.const 1) (i64.const 2) (i64.const 1) (i64.const 0))

;; the upper half as an index that is not linear, in a loop that might get a second version
(module
  (memory 1)
  (data (i32.const 16) "abcdefgh")
  (data (i32.const 64) "\00\00\00\00\00\00\00\80\00\00\00\00\00\00\00\40")
  (func (export "index") (param $n i32) (param $k i64) (param $b i32) (result i32) (local $i i32)
    (local $h i64)
    (loop $next
      (i64.mul_wide_u (i64.load offset=64 (i32.shl (local.get $i) (i32.const 3))) (local.get $k))
      (local.set $h)
      (drop)
      (i32.store8 offset=1024 (local.get $i)
        (i32.load8_u offset=16 (i32.add (local.get $b) (i32.wrap_i64 (local.get $h)))))
      (br_if $next
        (i32.ne (local.tee $i (i32.add (local.get $i) (i32.const 1))) (local.get $n))))
    (i32.load offset=1024 (i32.const 0))))

(assert_return (invoke "index" (i32.const 3) (i64.const 8) (i32.const 1)) (i32.const 0x00626466))
(assert_trap (invoke "index" (i32.const 3) (i64.const 8) (i32.const 65520)) "out of bounds memory access")
