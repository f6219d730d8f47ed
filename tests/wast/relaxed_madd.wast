;; SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
;;
;; relaxed_madd rounds once or twice (relaxed SIMD), but always the same way: with operands known
;; to the compiler as with operands that come when the program runs. max * 2 - max overflows where
;; the product is rounded, and is max where it is not; 1 - (1 + e)(1 - e) is 0, or e * e.
(module
  (func (export "f32x4.madd") (param v128 v128 v128) (result i32)
    (i8x16.all_true (f32x4.eq
      (f32x4.relaxed_madd (v128.const f32x4 0x1.fffffep+127 0x1.fffffep+127 0x1.fffffep+127 0x1.fffffep+127)
                          (v128.const f32x4 2 2 2 2)
                          (v128.const f32x4 -0x1.fffffep+127 -0x1.fffffep+127 -0x1.fffffep+127 -0x1.fffffep+127))
      (f32x4.relaxed_madd (local.get 0) (local.get 1) (local.get 2)))))
  (func (export "f32x4.nmadd") (param v128 v128 v128) (result i32)
    (i8x16.all_true (f32x4.eq
      (f32x4.relaxed_nmadd (v128.const f32x4 0x1.000002p0 0x1.000002p0 0x1.000002p0 0x1.000002p0)
                           (v128.const f32x4 0x1.fffffcp-1 0x1.fffffcp-1 0x1.fffffcp-1 0x1.fffffcp-1)
                           (v128.const f32x4 1 1 1 1))
      (f32x4.relaxed_nmadd (local.get 0) (local.get 1) (local.get 2)))))
  (func (export "f64x2.madd") (param v128 v128 v128) (result i32)
    (i8x16.all_true (f64x2.eq
      (f64x2.relaxed_madd (v128.const f64x2 0x1.fffffffffffffp+1023 0x1.fffffffffffffp+1023)
                          (v128.const f64x2 2 2)
                          (v128.const f64x2 -0x1.fffffffffffffp+1023 -0x1.fffffffffffffp+1023))
      (f64x2.relaxed_madd (local.get 0) (local.get 1) (local.get 2)))))
  (func (export "f64x2.nmadd") (param v128 v128 v128) (result i32)
    (i8x16.all_true (f64x2.eq
      (f64x2.relaxed_nmadd (v128.const f64x2 0x1.0000000000001p0 0x1.0000000000001p0)
                           (v128.const f64x2 0x1.ffffffffffffep-1 0x1.ffffffffffffep-1)
                           (v128.const f64x2 1 1))
      (f64x2.relaxed_nmadd (local.get 0) (local.get 1) (local.get 2))))))

(assert_return
  (invoke "f32x4.madd" (v128.const f32x4 0x1.fffffep+127 0x1.fffffep+127 0x1.fffffep+127 0x1.fffffep+127)
                       (v128.const f32x4 2 2 2 2)
                       (v128.const f32x4 -0x1.fffffep+127 -0x1.fffffep+127 -0x1.fffffep+127 -0x1.fffffep+127))
  (i32.const 1))
(assert_return
  (invoke "f32x4.nmadd" (v128.const f32x4 0x1.000002p0 0x1.000002p0 0x1.000002p0 0x1.000002p0)
                        (v128.const f32x4 0x1.fffffcp-1 0x1.fffffcp-1 0x1.fffffcp-1 0x1.fffffcp-1)
                        (v128.const f32x4 1 1 1 1))
  (i32.const 1))
(assert_return
  (invoke "f64x2.madd" (v128.const f64x2 0x1.fffffffffffffp+1023 0x1.fffffffffffffp+1023)
                       (v128.const f64x2 2 2)
                       (v128.const f64x2 -0x1.fffffffffffffp+1023 -0x1.fffffffffffffp+1023))
  (i32.const 1))
(assert_return
  (invoke "f64x2.nmadd" (v128.const f64x2 0x1.0000000000001p0 0x1.0000000000001p0)
                        (v128.const f64x2 0x1.ffffffffffffep-1 0x1.ffffffffffffep-1)
                        (v128.const f64x2 1 1))
  (i32.const 1))
