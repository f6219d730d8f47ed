;; SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
;;
;; Loops over a memory of 64-bit addresses, where each access has a comparison of its own: they get a
;; second version as well, whose check before the loop stands for all of those. What was stored
;; before a trap stays, addresses wrap at 2^64 and not at 2^32. As loops.wast.

(module
  (memory (export "memory") i64 1 3)
  (func (export "at") (param i64) (result i32) (i32.load8_u (local.get 0)))
  (func (export "put") (param i64 i32) (i32.store8 (local.get 0) (local.get 1)))
  (func (export "grow") (param i64) (result i64) (memory.grow (local.get 0)))
  (func (export "count") (param $p i64) (param $n i64) (param $k i32)
    (loop $next
      (i32.store8 (local.get $p) (local.get $k))
      (local.set $p (i64.add (local.get $p) (i64.const 1)))
      (local.set $k (i32.add (local.get $k) (i32.const 1)))
      (br_if $next (i32.wrap_i64 (local.tee $n (i64.sub (local.get $n) (i64.const 1)))))))
  (func (export "sum") (param $p i64) (param $n i64) (result i32)
    (local $s i32)
    (loop $next
      (local.set $s (i32.add (local.get $s) (i32.load (local.get $p))))
      (local.set $p (i64.add (local.get $p) (i64.const 4)))
      (br_if $next (i64.ne (local.tee $n (i64.sub (local.get $n) (i64.const 1))) (i64.const 0))))
    (local.get $s))
  ;; d[i] = s[i] + 1 by words, unrolled twice; ranges may overlap
  (func (export "plus") (param $d i64) (param $s i64) (param $n i64)
    (loop $next
      (i32.store (local.get $d) (i32.add (i32.load (local.get $s)) (i32.const 1)))
      (i32.store offset=4 (local.get $d) (i32.add (i32.load offset=4 (local.get $s)) (i32.const 1)))
      (local.set $d (i64.add (local.get $d) (i64.const 8)))
      (local.set $s (i64.add (local.get $s) (i64.const 8)))
      (br_if $next (i64.ne (local.tee $n (i64.sub (local.get $n) (i64.const 1))) (i64.const 0)))))
  ;; down, with an addition that wraps at 2^64
  (func (export "down") (param $d i64) (param $n i64) (param $v i32)
    (loop $next
      (i32.store8 (i64.add (local.get $d) (i64.const -1)) (local.get $v))
      (local.set $d (i64.sub (local.get $d) (i64.const 1)))
      (br_if $next (i64.ne (local.tee $n (i64.sub (local.get $n) (i64.const 1))) (i64.const 0)))))
  ;; negative numbers become their opposite: a body with an arm, and accesses in it
  (func (export "abs") (param $p i64) (param $n i64)
    (loop $next
      (if (i32.lt_s (i32.load8_s (local.get $p)) (i32.const 0))
        (then (i32.store8 (local.get $p) (i32.sub (i32.const 0) (i32.load8_s (local.get $p))))))
      (local.set $p (i64.add (local.get $p) (i64.const 1)))
      (br_if $next (i64.ne (local.tee $n (i64.sub (local.get $n) (i64.const 1))) (i64.const 0)))))
  ;; a sum of doubles, and a trap of another kind
  (func (export "quotients") (param $p i64) (param $n i64) (result i32)
    (local $s i32)
    (loop $next
      (local.set $s (i32.add (local.get $s) (i32.div_u (i32.const 240) (i32.load8_u (local.get $p)))))
      (local.set $p (i64.add (local.get $p) (i64.const 1)))
      (br_if $next (i64.ne (local.tee $n (i64.sub (local.get $n) (i64.const 1))) (i64.const 0))))
    (local.get $s))
  ;; steps of more than 2^32
  (func (export "far") (param $p i64) (param $n i64)
    (loop $next
      (i32.store8 (local.get $p) (i32.const 77))
      (local.set $p (i64.add (local.get $p) (i64.const 0x100000000)))
      (br_if $next (i64.ne (local.tee $n (i64.sub (local.get $n) (i64.const 1))) (i64.const 0)))))
  ;; a table of 256 bytes at t
  (func (export "table") (param $d i64) (param $s i64) (param $t i64) (param $n i64)
    (loop $next
      (i32.store8 (local.get $d)
        (i32.load8_u (i64.add (local.get $t) (i64.load8_u (local.get $s)))))
      (local.set $d (i64.add (local.get $d) (i64.const 1)))
      (local.set $s (i64.add (local.get $s) (i64.const 1)))
      (br_if $next (i64.ne (local.tee $n (i64.sub (local.get $n) (i64.const 1))) (i64.const 0))))))

(invoke "count" (i64.const 0) (i64.const 256) (i32.const 1))
(assert_return (invoke "sum" (i64.const 0) (i64.const 3)) (i32.const 0x1815120f))
(assert_return (invoke "at" (i64.const 255)) (i32.const 0))
;; up to the end, over it: what was stored stays
(invoke "count" (i64.const 65436) (i64.const 100) (i32.const 7))
(assert_return (invoke "at" (i64.const 65535)) (i32.const 106))
(assert_trap (invoke "count" (i64.const 65500) (i64.const 100) (i32.const 90)) "out of bounds memory access")
(assert_return (invoke "at" (i64.const 65500)) (i32.const 90))
(assert_return (invoke "at" (i64.const 65535)) (i32.const 125))
(assert_trap (invoke "count" (i64.const 0xffffffffffffff00) (i64.const 512) (i32.const 90)) "out of bounds memory access")
(assert_trap (invoke "count" (i64.const 0x100000000) (i64.const 5) (i32.const 90)) "out of bounds memory access")
(assert_return (invoke "at" (i64.const 0)) (i32.const 1))
(assert_trap (invoke "sum" (i64.const 65533) (i64.const 1)) "out of bounds memory access")
(assert_return (invoke "sum" (i64.const 65532) (i64.const 1)) (i32.const 0x7d7c7b7a))
;; so many rounds that they come out of the memory
(assert_trap (invoke "sum" (i64.const 0) (i64.const 0)) "out of bounds memory access")
(assert_trap (invoke "sum" (i64.const 0) (i64.const 0x4000000000000001)) "out of bounds memory access")
;; apart, and overlapping: each word is one more than the one before
(invoke "plus" (i64.const 1024) (i64.const 0) (i64.const 20))
(assert_return (invoke "at" (i64.const 1024)) (i32.const 2))
(assert_return (invoke "at" (i64.const 1180)) (i32.const 158))
(assert_return (invoke "at" (i64.const 1184)) (i32.const 0))
(invoke "plus" (i64.const 1028) (i64.const 1024) (i64.const 20))
(assert_return (invoke "at" (i64.const 1184)) (i32.const 42))
(assert_trap (invoke "plus" (i64.const 65500) (i64.const 0) (i64.const 20)) "out of bounds memory access")
(assert_return (invoke "at" (i64.const 65532)) (i32.const 34))
(assert_trap (invoke "plus" (i64.const 2048) (i64.const 65500) (i64.const 20)) "out of bounds memory access")
(assert_return (invoke "at" (i64.const 2080)) (i32.const 35))
;; down to 0, and below
(invoke "down" (i64.const 100) (i64.const 100) (i32.const 9))
(assert_return (invoke "at" (i64.const 0)) (i32.const 9))
(assert_return (invoke "at" (i64.const 99)) (i32.const 9))
(assert_return (invoke "at" (i64.const 100)) (i32.const 101))
(assert_trap (invoke "down" (i64.const 50) (i64.const 100) (i32.const 8)) "out of bounds memory access")
(assert_return (invoke "at" (i64.const 0)) (i32.const 8))
(assert_return (invoke "at" (i64.const 49)) (i32.const 8))
(assert_return (invoke "at" (i64.const 50)) (i32.const 9))
;; arms
(invoke "count" (i64.const 3000) (i64.const 256) (i32.const 0))
(invoke "abs" (i64.const 3000) (i64.const 256))
(assert_return (invoke "at" (i64.const 3127)) (i32.const 127))
(assert_return (invoke "at" (i64.const 3129)) (i32.const 127))
(assert_return (invoke "at" (i64.const 3255)) (i32.const 1))
(invoke "count" (i64.const 65400) (i64.const 136) (i32.const 128))
(assert_trap (invoke "abs" (i64.const 65400) (i64.const 200)) "out of bounds memory access")
(assert_return (invoke "at" (i64.const 65401)) (i32.const 127))
(assert_return (invoke "at" (i64.const 65527)) (i32.const 1))
;; other traps stay where they are
(invoke "count" (i64.const 3000) (i64.const 100) (i32.const 1))
(assert_return (invoke "quotients" (i64.const 3000) (i64.const 4)) (i32.const 500))
(invoke "put" (i64.const 3050) (i32.const 0))
(assert_trap (invoke "quotients" (i64.const 3000) (i64.const 100)) "integer divide by zero")
(assert_trap (invoke "quotients" (i64.const 65535) (i64.const 100)) "out of bounds memory access")
(assert_trap (invoke "far" (i64.const 4000) (i64.const 2)) "out of bounds memory access")
(assert_return (invoke "at" (i64.const 4000)) (i32.const 77))
(invoke "far" (i64.const 4001) (i64.const 1))
;; tables
(invoke "count" (i64.const 1024) (i64.const 256) (i32.const 5))
(invoke "count" (i64.const 2048) (i64.const 256) (i32.const 9))
(invoke "table" (i64.const 4096) (i64.const 2048) (i64.const 1024) (i64.const 256))
(assert_return (invoke "at" (i64.const 4096)) (i32.const 14))
(assert_return (invoke "at" (i64.const 4351)) (i32.const 13))
(assert_trap (invoke "table" (i64.const 4096) (i64.const 2048) (i64.const 65500) (i64.const 256)) "out of bounds memory access")
;; more memory, the same loops
(assert_return (invoke "grow" (i64.const 1)) (i64.const 1))
(invoke "count" (i64.const 65436) (i64.const 200) (i32.const 7))
(assert_return (invoke "at" (i64.const 65635)) (i32.const 206))
