;; SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
;;
;; Loops of 128-bit vectors that load and store each lane by itself, as clang makes them where elements
;; are not side by side (codegen/passes/loop_lanes.c): they give what the loops over numbers give, for
;; arrays apart, in place and overlapping, and trap where they do, after the same rounds.

(module
  (memory (export "memory") 1)
  (func (export "count") (param $p i32) (param $n i32) (param $k i32)
    (loop $next
      (i32.store8 (local.get $p) (local.get $k))
      (local.set $p (i32.add (local.get $p) (i32.const 1)))
      (local.set $k (i32.add (local.get $k) (i32.const 3)))
      (br_if $next (local.tee $n (i32.sub (local.get $n) (i32.const 1))))))
  (func (export "sum") (param $p i32) (param $n i32) (result i32)
    (local $s i32)
    (loop $next
      (local.set $s (i32.add (i32.mul (local.get $s) (i32.const 31)) (i32.load8_u (local.get $p))))
      (local.set $p (i32.add (local.get $p) (i32.const 1)))
      (br_if $next (local.tee $n (i32.sub (local.get $n) (i32.const 1)))))
    (local.get $s))

  ;; d[i] = s[2i] - s[2i + 1] of words, n a multiple of 4: numbers, then lanes at addresses that are
  ;; lanes of vectors
  (func (export "numbers") (param $d i32) (param $s i32) (param $n i32)
    (loop $next
      (i32.store (local.get $d)
        (i32.sub (i32.load (local.get $s)) (i32.load offset=4 (local.get $s))))
      (local.set $d (i32.add (local.get $d) (i32.const 4)))
      (local.set $s (i32.add (local.get $s) (i32.const 8)))
      (br_if $next (local.tee $n (i32.sub (local.get $n) (i32.const 1))))))
  (func (export "lanes") (param $d i32) (param $s i32) (param $n i32)
    (local $i v128) (local $even v128) (local $odd v128)
    (local.set $i (v128.const i32x4 0 1 2 3))
    (loop $next
      (local.set $even (i32x4.add (i32x4.shl (local.get $i) (i32.const 3)) (i32x4.splat (local.get $s))))
      (local.set $odd (i32x4.add (local.get $even) (v128.const i32x4 4 4 4 4)))
      (v128.store (local.get $d)
        (i32x4.sub
          (v128.load32_lane 3 (i32x4.extract_lane 3 (local.get $even))
            (v128.load32_lane 2 (i32x4.extract_lane 2 (local.get $even))
              (v128.load32_lane 1 (i32x4.extract_lane 1 (local.get $even))
                (v128.load32_splat (i32x4.extract_lane 0 (local.get $even))))))
          (v128.load32_lane 3 (i32x4.extract_lane 3 (local.get $odd))
            (v128.load32_lane 2 (i32x4.extract_lane 2 (local.get $odd))
              (v128.load32_lane 1 (i32x4.extract_lane 1 (local.get $odd))
                (v128.load32_splat (i32x4.extract_lane 0 (local.get $odd))))))))
      (local.set $i (i32x4.add (local.get $i) (v128.const i32x4 4 4 4 4)))
      (local.set $d (i32.add (local.get $d) (i32.const 16)))
      (br_if $next (local.tee $n (i32.sub (local.get $n) (i32.const 4))))))

  ;; d[3i] = (s[i] + k) & 0x7f of bytes, eight at once: stores lane by lane, a bitwise operation in
  ;; other lanes, half a vector loaded
  (func (export "spread_numbers") (param $d i32) (param $s i32) (param $k i32) (param $n i32)
    (loop $next
      (i32.store8 (local.get $d)
        (i32.and (i32.add (i32.load8_u (local.get $s)) (local.get $k)) (i32.const 0x7f)))
      (local.set $d (i32.add (local.get $d) (i32.const 3)))
      (local.set $s (i32.add (local.get $s) (i32.const 1)))
      (br_if $next (local.tee $n (i32.sub (local.get $n) (i32.const 1))))))
  (func (export "spread_lanes") (param $d i32) (param $s i32) (param $k i32) (param $n i32)
    (local $x v128)
    (loop $next
      (local.set $x
        (v128.and
          (i8x16.add (v128.load64_zero (local.get $s)) (i8x16.splat (local.get $k)))
          (v128.const i64x2 0x7f7f7f7f7f7f7f7f 0x7f7f7f7f7f7f7f7f)))
      (v128.store8_lane 0 (local.get $d) (local.get $x))
      (v128.store8_lane offset=3 1 (local.get $d) (local.get $x))
      (v128.store8_lane offset=6 2 (local.get $d) (local.get $x))
      (v128.store8_lane offset=9 3 (local.get $d) (local.get $x))
      (v128.store8_lane offset=12 4 (local.get $d) (local.get $x))
      (v128.store8_lane offset=15 5 (local.get $d) (local.get $x))
      (v128.store8_lane offset=18 6 (local.get $d) (local.get $x))
      (v128.store8_lane offset=21 7 (local.get $d) (local.get $x))
      (local.set $d (i32.add (local.get $d) (i32.const 24)))
      (local.set $s (i32.add (local.get $s) (i32.const 8)))
      (br_if $next (local.tee $n (i32.sub (local.get $n) (i32.const 8))))))

  ;; d[i] = s[2i] of words of 16 bits, saturated to bytes, and one lane that is another than the rest
  (func (export "packed") (param $d i32) (param $s i32) (param $n i32)
    (local $x v128)
    (loop $next
      (local.set $x
        (v128.load16_lane offset=28 7 (local.get $s)
          (v128.load16_lane offset=24 6 (local.get $s)
            (v128.load16_lane offset=20 5 (local.get $s)
              (v128.load16_lane offset=16 4 (local.get $s)
                (v128.load16_lane offset=12 3 (local.get $s)
                  (v128.load16_lane offset=8 2 (local.get $s)
                    (v128.load16_lane offset=4 1 (local.get $s)
                      (v128.load16_splat (local.get $s))))))))))
      (v128.store64_lane 0 (local.get $d) (i8x16.narrow_i16x8_u (local.get $x) (local.get $x)))
      (local.set $d (i32.add (local.get $d) (i32.const 8)))
      (local.set $s (i32.add (local.get $s) (i32.const 32)))
      (br_if $next (local.tee $n (i32.sub (local.get $n) (i32.const 8))))))
  (func (export "odd_lane") (param $d i32) (param $s i32) (param $n i32)
    (local $x v128)
    (loop $next
      (local.set $x
        (v128.load32_lane offset=20 3 (local.get $s)
          (v128.load32_lane offset=16 2 (local.get $s)
            (v128.load32_lane offset=8 1 (local.get $s)
              (v128.load32_splat (local.get $s))))))
      (v128.store (local.get $d) (local.get $x))
      (local.set $d (i32.add (local.get $d) (i32.const 16)))
      (local.set $s (i32.add (local.get $s) (i32.const 32)))
      (br_if $next (local.tee $n (i32.sub (local.get $n) (i32.const 4)))))))

(invoke "count" (i32.const 0) (i32.const 8192) (i32.const 5))
(invoke "numbers" (i32.const 10000) (i32.const 0) (i32.const 400))
(invoke "lanes" (i32.const 20000) (i32.const 0) (i32.const 400))
(assert_return (invoke "sum" (i32.const 10000) (i32.const 1600)) (i32.const 3923240809))
(assert_return (invoke "sum" (i32.const 20000) (i32.const 1600)) (i32.const 3923240809))
;; in place, and overlapping so that a round reads what one before it has stored
(invoke "lanes" (i32.const 0) (i32.const 0) (i32.const 100))
(assert_return (invoke "sum" (i32.const 0) (i32.const 900)) (i32.const 170421680))
(invoke "lanes" (i32.const 1020) (i32.const 1000) (i32.const 100))
(assert_return (invoke "sum" (i32.const 1000) (i32.const 1000)) (i32.const 2497765184))
(invoke "lanes" (i32.const 2000) (i32.const 2052) (i32.const 100))
(assert_return (invoke "sum" (i32.const 2000) (i32.const 1000)) (i32.const 404987427))
;; to the end of the memory, and over it: what was stored before stays
(invoke "count" (i32.const 65136) (i32.const 400) (i32.const 9))
(invoke "lanes" (i32.const 30000) (i32.const 65136) (i32.const 48))
(assert_return (invoke "sum" (i32.const 30000) (i32.const 200)) (i32.const 1151359666))
(assert_trap (invoke "lanes" (i32.const 31000) (i32.const 65136) (i32.const 56)) "out of bounds memory access")
(assert_return (invoke "sum" (i32.const 31000) (i32.const 240)) (i32.const 991707314))
(assert_trap (invoke "lanes" (i32.const 65472) (i32.const 0) (i32.const 20)) "out of bounds memory access")
(assert_return (invoke "sum" (i32.const 65400) (i32.const 136)) (i32.const 2863526764))
(assert_trap (invoke "lanes" (i32.const 100) (i32.const 4294967280) (i32.const 4)) "out of bounds memory access")
(assert_trap (invoke "lanes" (i32.const 0) (i32.const 4294967040) (i32.const 80)) "out of bounds memory access")
;; stores lane by lane; of the round that traps some may be done
(invoke "spread_numbers" (i32.const 40000) (i32.const 3000) (i32.const 77) (i32.const 320))
(invoke "spread_lanes" (i32.const 42000) (i32.const 3000) (i32.const 77) (i32.const 320))
(assert_return (invoke "sum" (i32.const 40000) (i32.const 960)) (i32.const 2165465184))
(assert_return (invoke "sum" (i32.const 42000) (i32.const 960)) (i32.const 2165465184))
(invoke "spread_lanes" (i32.const 3001) (i32.const 3000) (i32.const 13) (i32.const 200))
(assert_return (invoke "sum" (i32.const 3000) (i32.const 700)) (i32.const 4148915772))
(assert_trap (invoke "spread_lanes" (i32.const 65476) (i32.const 5000) (i32.const 1) (i32.const 64)) "out of bounds memory access")
(assert_return (invoke "sum" (i32.const 65400) (i32.const 124)) (i32.const 693238758))
(invoke "spread_lanes" (i32.const 65296) (i32.const 5000) (i32.const 1) (i32.const 80))
(assert_return (invoke "sum" (i32.const 65200) (i32.const 324)) (i32.const 2259943834))
;; saturated
(invoke "packed" (i32.const 44000) (i32.const 0) (i32.const 800))
(assert_return (invoke "sum" (i32.const 44000) (i32.const 800)) (i32.const 1484594515))
(invoke "packed" (i32.const 100) (i32.const 101) (i32.const 96))
(assert_return (invoke "sum" (i32.const 0) (i32.const 800)) (i32.const 2077579824))
(invoke "packed" (i32.const 46000) (i32.const 65236) (i32.const 72))
(assert_return (invoke "sum" (i32.const 46000) (i32.const 72)) (i32.const 958555490))
(assert_trap (invoke "packed" (i32.const 47000) (i32.const 65236) (i32.const 80)) "out of bounds memory access")
(assert_return (invoke "sum" (i32.const 47000) (i32.const 80)) (i32.const 3105874786))
;; a lane that is not like the others
(invoke "odd_lane" (i32.const 48000) (i32.const 0) (i32.const 400))
(assert_return (invoke "sum" (i32.const 48000) (i32.const 1600)) (i32.const 2272513485))
