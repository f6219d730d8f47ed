;; SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
;;
;; Minima, maxima and saturating conversions in loops that become vectors, of whatever width the
;; machine has, on numbers at the edges (codegen/passes/lanes.c): both zeros, infinities, quiet and
;; signalling NaNs, the ends of i32 and u32. The official suite has them on single vectors. And
;; i8x16.swizzle, which is many instructions where the machine has none for it.

(module
  (memory (export "memory") 1)
  (data (i32.const 0) ;; a, f32
    "\00\00\00\00\00\00\00\80\00\00\80\3f\00\00\80\bf\00\00\80\7f\00\00\80\ff\00\00\c0\7f\01\00\a0\7f"
    "\00\00\00\4f\ff\ff\ff\4e\00\00\00\cf\01\00\00\cf\00\00\80\4f\ff\ff\7f\4f\ff\ff\7f\bf\01\00\00\00")
  (data (i32.const 64) ;; b, f32
    "\00\00\00\80\00\00\00\00\00\00\00\40\00\00\00\80\00\00\a0\7f\00\00\80\7f\00\00\80\3f\00\00\00\00"
    "\00\00\00\4f\00\00\80\ff\45\23\c1\7f\ff\ff\ff\4e\00\00\00\bf\01\00\80\4f\01\00\00\80\01\00\00\80")
  (data (i32.const 128) ;; a, f64
    "\00\00\00\00\00\00\00\00\00\00\00\00\00\00\00\80\00\00\00\00\00\00\f0\3f\00\00\00\00\00\00\f0\bf"
    "\00\00\00\00\00\00\f0\7f\00\00\00\00\00\00\f0\ff\00\00\00\00\00\00\f8\7f\01\00\00\00\00\00\f4\7f"
    "\00\00\00\00\00\00\e0\41\ff\ff\ff\ff\ff\ff\df\41\00\00\00\00\00\00\e0\c1\00\00\20\00\00\00\e0\c1"
    "\00\00\00\00\00\00\f0\41\ff\ff\ff\ff\ff\ff\ef\41\ff\ff\ff\ff\ff\ff\ef\bf\01\00\00\00\00\00\00\00")
  (data (i32.const 256) ;; b, f64
    "\00\00\00\00\00\00\00\80\00\00\00\00\00\00\00\00\00\00\00\00\00\00\00\40\00\00\00\00\00\00\00\80"
    "\00\00\00\00\00\00\f4\7f\00\00\00\00\00\00\f0\7f\00\00\00\00\00\00\f0\3f\00\00\00\00\00\00\00\00"
    "\00\00\00\00\00\00\e0\41\00\00\00\00\00\00\f0\ff\45\23\01\00\00\00\f8\7f\00\00\c0\ff\ff\ff\df\41"
    "\00\00\00\00\00\00\e0\bf\00\00\10\00\00\00\f0\41\01\00\00\00\00\00\00\80\01\00\00\00\00\00\00\80")
  (data (i32.const 1024) ;; their minima
    "\00\00\00\80\00\00\00\80\00\00\80\3f\00\00\80\bf\00\00\c0\7f\00\00\80\ff\00\00\c0\7f\00\00\c0\7f"
    "\00\00\00\4f\00\00\80\ff\00\00\c0\7f\01\00\00\cf\00\00\00\bf\ff\ff\7f\4f\ff\ff\7f\bf\01\00\00\80")
  (data (i32.const 1088) ;; their maxima
    "\00\00\00\00\00\00\00\00\00\00\00\40\00\00\00\80\00\00\c0\7f\00\00\80\7f\00\00\c0\7f\00\00\c0\7f"
    "\00\00\00\4f\ff\ff\ff\4e\00\00\c0\7f\ff\ff\ff\4e\00\00\80\4f\01\00\80\4f\01\00\00\80\01\00\00\00")
  (data (i32.const 1152) ;; minima, f64
    "\00\00\00\00\00\00\00\80\00\00\00\00\00\00\00\80\00\00\00\00\00\00\f0\3f\00\00\00\00\00\00\f0\bf"
    "\00\00\00\00\00\00\f8\7f\00\00\00\00\00\00\f0\ff\00\00\00\00\00\00\f8\7f\00\00\00\00\00\00\f8\7f"
    "\00\00\00\00\00\00\e0\41\00\00\00\00\00\00\f0\ff\00\00\00\00\00\00\f8\7f\00\00\20\00\00\00\e0\c1"
    "\00\00\00\00\00\00\e0\bf\ff\ff\ff\ff\ff\ff\ef\41\ff\ff\ff\ff\ff\ff\ef\bf\01\00\00\00\00\00\00\80")
  (data (i32.const 1280) ;; maxima, f64
    "\00\00\00\00\00\00\00\00\00\00\00\00\00\00\00\00\00\00\00\00\00\00\00\40\00\00\00\00\00\00\00\80"
    "\00\00\00\00\00\00\f8\7f\00\00\00\00\00\00\f0\7f\00\00\00\00\00\00\f8\7f\00\00\00\00\00\00\f8\7f"
    "\00\00\00\00\00\00\e0\41\ff\ff\ff\ff\ff\ff\df\41\00\00\00\00\00\00\f8\7f\00\00\c0\ff\ff\ff\df\41"
    "\00\00\00\00\00\00\f0\41\00\00\10\00\00\00\f0\41\01\00\00\00\00\00\00\80\01\00\00\00\00\00\00\00")
  (data (i32.const 1408) ;; a as i32
    "\00\00\00\00\00\00\00\00\01\00\00\00\ff\ff\ff\ff\ff\ff\ff\7f\00\00\00\80\00\00\00\00\00\00\00\00"
    "\ff\ff\ff\7f\80\ff\ff\7f\00\00\00\80\00\00\00\80\ff\ff\ff\7f\ff\ff\ff\7f\00\00\00\00\00\00\00\00")
  (data (i32.const 1472) ;; a as u32
    "\00\00\00\00\00\00\00\00\01\00\00\00\00\00\00\00\ff\ff\ff\ff\00\00\00\00\00\00\00\00\00\00\00\00"
    "\00\00\00\80\80\ff\ff\7f\00\00\00\00\00\00\00\00\ff\ff\ff\ff\00\ff\ff\ff\00\00\00\00\00\00\00\00")
  (data (i32.const 1536) ;; b as i32
    "\00\00\00\00\00\00\00\00\02\00\00\00\00\00\00\00\00\00\00\00\ff\ff\ff\7f\01\00\00\00\00\00\00\00"
    "\ff\ff\ff\7f\00\00\00\80\00\00\00\00\80\ff\ff\7f\00\00\00\00\ff\ff\ff\7f\00\00\00\00\00\00\00\00")
  (data (i32.const 1600) ;; b as u32
    "\00\00\00\00\00\00\00\00\02\00\00\00\00\00\00\00\00\00\00\00\ff\ff\ff\ff\01\00\00\00\00\00\00\00"
    "\00\00\00\80\00\00\00\00\00\00\00\00\80\ff\ff\7f\00\00\00\00\ff\ff\ff\ff\00\00\00\00\00\00\00\00")
  (data (i32.const 1664) ;; f64 a as i32
    "\00\00\00\00\00\00\00\00\01\00\00\00\ff\ff\ff\ff\ff\ff\ff\7f\00\00\00\80\00\00\00\00\00\00\00\00"
    "\ff\ff\ff\7f\ff\ff\ff\7f\00\00\00\80\00\00\00\80\ff\ff\ff\7f\ff\ff\ff\7f\00\00\00\00\00\00\00\00")
  (data (i32.const 1728) ;; f64 a as u32
    "\00\00\00\00\00\00\00\00\01\00\00\00\00\00\00\00\ff\ff\ff\ff\00\00\00\00\00\00\00\00\00\00\00\00"
    "\00\00\00\80\ff\ff\ff\7f\00\00\00\00\00\00\00\00\ff\ff\ff\ff\ff\ff\ff\ff\00\00\00\00\00\00\00\00")
  (data (i32.const 1792) ;; f64 b as i32
    "\00\00\00\00\00\00\00\00\02\00\00\00\00\00\00\00\00\00\00\00\ff\ff\ff\7f\01\00\00\00\00\00\00\00"
    "\ff\ff\ff\7f\00\00\00\80\00\00\00\00\ff\ff\ff\7f\00\00\00\00\ff\ff\ff\7f\00\00\00\00\00\00\00\00")
  (data (i32.const 1856) ;; f64 b as u32
    "\00\00\00\00\00\00\00\00\02\00\00\00\00\00\00\00\00\00\00\00\ff\ff\ff\ff\01\00\00\00\00\00\00\00"
    "\00\00\00\80\00\00\00\00\00\00\00\00\ff\ff\ff\7f\00\00\00\00\ff\ff\ff\ff\00\00\00\00\00\00\00\00")
  (func (export "f32_min") (param $a i32) (param $b i32) (param $to i32)
    (local $i i32)
    (loop
      (f32.store (i32.add (local.get $to) (i32.mul (local.get $i) (i32.const 4)))
        (f32.min (f32.load (i32.add (local.get $a) (i32.mul (local.get $i) (i32.const 4))))
          (f32.load (i32.add (local.get $b) (i32.mul (local.get $i) (i32.const 4))))))
      (br_if 0 (i32.lt_u (local.tee $i (i32.add (local.get $i) (i32.const 1))) (i32.const 16)))))
  (func (export "f32_max") (param $a i32) (param $b i32) (param $to i32)
    (local $i i32)
    (loop
      (f32.store (i32.add (local.get $to) (i32.mul (local.get $i) (i32.const 4)))
        (f32.max (f32.load (i32.add (local.get $a) (i32.mul (local.get $i) (i32.const 4))))
          (f32.load (i32.add (local.get $b) (i32.mul (local.get $i) (i32.const 4))))))
      (br_if 0 (i32.lt_u (local.tee $i (i32.add (local.get $i) (i32.const 1))) (i32.const 16)))))
  (func (export "i32_f32_s") (param $a i32) (param $to i32)
    (local $i i32)
    (loop
      (i32.store (i32.add (local.get $to) (i32.mul (local.get $i) (i32.const 4)))
        (i32.trunc_sat_f32_s (f32.load (i32.add (local.get $a) (i32.mul (local.get $i) (i32.const 4))))))
      (br_if 0 (i32.lt_u (local.tee $i (i32.add (local.get $i) (i32.const 1))) (i32.const 16)))))
  (func (export "i32_f32_u") (param $a i32) (param $to i32)
    (local $i i32)
    (loop
      (i32.store (i32.add (local.get $to) (i32.mul (local.get $i) (i32.const 4)))
        (i32.trunc_sat_f32_u (f32.load (i32.add (local.get $a) (i32.mul (local.get $i) (i32.const 4))))))
      (br_if 0 (i32.lt_u (local.tee $i (i32.add (local.get $i) (i32.const 1))) (i32.const 16)))))
  (func (export "f64_min") (param $a i32) (param $b i32) (param $to i32)
    (local $i i32)
    (loop
      (f64.store (i32.add (local.get $to) (i32.mul (local.get $i) (i32.const 8)))
        (f64.min (f64.load (i32.add (local.get $a) (i32.mul (local.get $i) (i32.const 8))))
          (f64.load (i32.add (local.get $b) (i32.mul (local.get $i) (i32.const 8))))))
      (br_if 0 (i32.lt_u (local.tee $i (i32.add (local.get $i) (i32.const 1))) (i32.const 16)))))
  (func (export "f64_max") (param $a i32) (param $b i32) (param $to i32)
    (local $i i32)
    (loop
      (f64.store (i32.add (local.get $to) (i32.mul (local.get $i) (i32.const 8)))
        (f64.max (f64.load (i32.add (local.get $a) (i32.mul (local.get $i) (i32.const 8))))
          (f64.load (i32.add (local.get $b) (i32.mul (local.get $i) (i32.const 8))))))
      (br_if 0 (i32.lt_u (local.tee $i (i32.add (local.get $i) (i32.const 1))) (i32.const 16)))))
  (func (export "i32_f64_s") (param $a i32) (param $to i32)
    (local $i i32)
    (loop
      (i32.store (i32.add (local.get $to) (i32.mul (local.get $i) (i32.const 4)))
        (i32.trunc_sat_f64_s (f64.load (i32.add (local.get $a) (i32.mul (local.get $i) (i32.const 8))))))
      (br_if 0 (i32.lt_u (local.tee $i (i32.add (local.get $i) (i32.const 1))) (i32.const 16)))))
  (func (export "i32_f64_u") (param $a i32) (param $to i32)
    (local $i i32)
    (loop
      (i32.store (i32.add (local.get $to) (i32.mul (local.get $i) (i32.const 4)))
        (i32.trunc_sat_f64_u (f64.load (i32.add (local.get $a) (i32.mul (local.get $i) (i32.const 8))))))
      (br_if 0 (i32.lt_u (local.tee $i (i32.add (local.get $i) (i32.const 1))) (i32.const 16)))))
  (func (export "swizzle") (param v128 v128) (result v128)
    (i8x16.swizzle (local.get 0) (local.get 1)))
  ;; The first of 16 numbers of that many words that is not the expected one, or -1. For a NaN any
  ;; quiet one will do: in its upper word all bits of the mask are set.
  (func (export "unlike") (param $is i32) (param $wanted i32) (param $words i32) (param $nan i32) (result i32)
    (local $i i32) (local $high i32)
    (loop
      (local.set $high (i32.mul (i32.const 4) (i32.sub (local.get $words) (i32.const 1))))
      (if (i32.or
            (i32.and
              (i32.eq (i32.load (local.get $is)) (i32.load (local.get $wanted)))
              (i32.eq (i32.load (i32.add (local.get $is) (local.get $high)))
                (i32.load (i32.add (local.get $wanted) (local.get $high)))))
            (i32.and
              (i32.eq (i32.load (i32.add (local.get $wanted) (local.get $high))) (local.get $nan))
              (i32.eq (i32.and (i32.load (i32.add (local.get $is) (local.get $high))) (local.get $nan))
                (local.get $nan))))
        (then) (else (return (local.get $i))))
      (local.set $is (i32.add (local.get $is) (i32.shl (local.get $words) (i32.const 2))))
      (local.set $wanted (i32.add (local.get $wanted) (i32.shl (local.get $words) (i32.const 2))))
      (br_if 0 (i32.lt_u (local.tee $i (i32.add (local.get $i) (i32.const 1))) (i32.const 16))))
    (i32.const -1)))

(assert_return (invoke "f32_min" (i32.const 0) (i32.const 64) (i32.const 4096)))
(assert_return (invoke "unlike" (i32.const 4096) (i32.const 1024) (i32.const 1) (i32.const 0x7fc00000)) (i32.const -1))
(assert_return (invoke "f32_max" (i32.const 0) (i32.const 64) (i32.const 4096)))
(assert_return (invoke "unlike" (i32.const 4096) (i32.const 1088) (i32.const 1) (i32.const 0x7fc00000)) (i32.const -1))
(assert_return (invoke "f32_min" (i32.const 64) (i32.const 0) (i32.const 4096)))
(assert_return (invoke "unlike" (i32.const 4096) (i32.const 1024) (i32.const 1) (i32.const 0x7fc00000)) (i32.const -1))
(assert_return (invoke "f32_max" (i32.const 64) (i32.const 0) (i32.const 4096)))
(assert_return (invoke "unlike" (i32.const 4096) (i32.const 1088) (i32.const 1) (i32.const 0x7fc00000)) (i32.const -1))
(assert_return (invoke "f64_min" (i32.const 128) (i32.const 256) (i32.const 4096)))
(assert_return (invoke "unlike" (i32.const 4096) (i32.const 1152) (i32.const 2) (i32.const 0x7ff80000)) (i32.const -1))
(assert_return (invoke "f64_max" (i32.const 128) (i32.const 256) (i32.const 4096)))
(assert_return (invoke "unlike" (i32.const 4096) (i32.const 1280) (i32.const 2) (i32.const 0x7ff80000)) (i32.const -1))
(assert_return (invoke "f64_min" (i32.const 256) (i32.const 128) (i32.const 4096)))
(assert_return (invoke "unlike" (i32.const 4096) (i32.const 1152) (i32.const 2) (i32.const 0x7ff80000)) (i32.const -1))
(assert_return (invoke "f64_max" (i32.const 256) (i32.const 128) (i32.const 4096)))
(assert_return (invoke "unlike" (i32.const 4096) (i32.const 1280) (i32.const 2) (i32.const 0x7ff80000)) (i32.const -1))
(assert_return (invoke "i32_f32_s" (i32.const 0) (i32.const 4096)))
(assert_return (invoke "unlike" (i32.const 4096) (i32.const 1408) (i32.const 1) (i32.const 0)) (i32.const -1))
(assert_return (invoke "i32_f32_u" (i32.const 0) (i32.const 4096)))
(assert_return (invoke "unlike" (i32.const 4096) (i32.const 1472) (i32.const 1) (i32.const 0)) (i32.const -1))
(assert_return (invoke "i32_f32_s" (i32.const 64) (i32.const 4096)))
(assert_return (invoke "unlike" (i32.const 4096) (i32.const 1536) (i32.const 1) (i32.const 0)) (i32.const -1))
(assert_return (invoke "i32_f32_u" (i32.const 64) (i32.const 4096)))
(assert_return (invoke "unlike" (i32.const 4096) (i32.const 1600) (i32.const 1) (i32.const 0)) (i32.const -1))
(assert_return (invoke "i32_f64_s" (i32.const 128) (i32.const 4096)))
(assert_return (invoke "unlike" (i32.const 4096) (i32.const 1664) (i32.const 1) (i32.const 0)) (i32.const -1))
(assert_return (invoke "i32_f64_u" (i32.const 128) (i32.const 4096)))
(assert_return (invoke "unlike" (i32.const 4096) (i32.const 1728) (i32.const 1) (i32.const 0)) (i32.const -1))
(assert_return (invoke "i32_f64_s" (i32.const 256) (i32.const 4096)))
(assert_return (invoke "unlike" (i32.const 4096) (i32.const 1792) (i32.const 1) (i32.const 0)) (i32.const -1))
(assert_return (invoke "i32_f64_u" (i32.const 256) (i32.const 4096)))
(assert_return (invoke "unlike" (i32.const 4096) (i32.const 1856) (i32.const 1) (i32.const 0)) (i32.const -1))

(assert_return
  (invoke "swizzle"
    (v128.const i8x16 100 101 102 103 104 105 106 107 108 109 110 111 112 113 114 115)
    (v128.const i8x16 15 0 7 8 16 31 127 -128 -1 14 1 32 2 13 -127 3))
  (v128.const i8x16 115 100 107 108 0 0 0 0 0 114 101 0 102 113 0 103))
