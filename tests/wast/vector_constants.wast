;; SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
;;
;; Vectors of which instruction selection finds late that they are constants. LLVM 19 never ended with
;; the signs of an absolute value as numbers of other lanes, nor with comparisons shifted by bytes.

(module
  (func (export "f64x2.abs") (result i32)
    (i16x8.bitmask (f64x2.abs
      (i64x2.lt_s (v128.const i64x2 5 7) (v128.const i64x2 9 1)))))
  (func (export "f32x4.abs") (result i32)
    (i16x8.bitmask (f32x4.abs
      (i32x4.lt_s (v128.const i32x4 5 7 1 2) (v128.const i32x4 9 1 1 3)))))
  (func (export "f64x2.neg") (result i32)
    (i16x8.bitmask (f64x2.neg
      (i64x2.lt_s (v128.const i64x2 5 7) (v128.const i64x2 9 1)))))
  (func (export "shifted") (result i32)
    (i8x16.all_true (i8x16.shr_u
      (i32x4.gt_s
        (f64x2.abs (v128.const i32x4 0x673e673e 0x673e673e 0x673e673e 0x673e673e))
        (i16x8.sub_sat_s
          (v128.const i32x4 0xf4c59e8b 0xf401fa15 0x66685593 0x85f8614a)
          (v128.const i32x4 0xf38d1041 0xf38d1041 0xf38d1041 0xf38d1041)))
      (i32.const 0x7fffffff))))
  (func (export "bits") (param v128) (result v128)
    (f32x4.abs (local.get 0)))
  (func (export "bits of 64") (param v128) (result v128)
    (f64x2.abs (local.get 0))))

(assert_return (invoke "f64x2.abs") (i32.const 0x07))
(assert_return (invoke "f32x4.abs") (i32.const 0x41))
(assert_return (invoke "f64x2.neg") (i32.const 0x87))
(assert_return (invoke "shifted") (i32.const 0))
;; NaNs keep their payloads.
(assert_return (invoke "bits" (v128.const i32x4 0xff812345 0x80000000 0x7fc00000 0xbf800000))
  (v128.const i32x4 0x7f812345 0 0x7fc00000 0x3f800000))
(assert_return (invoke "bits of 64" (v128.const i64x2 0xfff0000000000001 0x8000000000000000))
  (v128.const i64x2 0x7ff0000000000001 0))
