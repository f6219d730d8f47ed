;; SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
;;
;; Loops with branches in their bodies get a fast version in which both arms are computed and what
;; counts is selected (codegen/passes/loop_flatten.c). An arm that is not taken must neither trap nor
;; change memory, and one that is taken traps where it does, with all that was stored before.

(module
  (memory (export "memory") 1)
  (func (export "at") (param i32) (result i32) (i32.load (local.get 0)))
  (func (export "put") (param i32 i32) (i32.store (local.get 0) (local.get 1)))
  ;; 0, 1, 2, ... at p
  (func (export "count") (param $p i32) (param $n i32) (local $i i32)
    (loop $next
      (i32.store (i32.add (local.get $p) (i32.shl (local.get $i) (i32.const 2))) (local.get $i))
      (br_if $next (i32.lt_u (local.tee $i (i32.add (local.get $i) (i32.const 1))) (local.get $n)))))
  (func (export "sum") (param $p i32) (param $n i32) (result i32) (local $s i32) (local $i i32)
    (loop $next
      (local.set $s (i32.add (i32.mul (local.get $s) (i32.const 31))
        (i32.load (i32.add (local.get $p) (i32.shl (local.get $i) (i32.const 2))))))
      (br_if $next (i32.lt_u (local.tee $i (i32.add (local.get $i) (i32.const 1))) (local.get $n))))
    (local.get $s))

  ;; if (s[i] >= from) d[i] = o[i] + 1
  (func $copy-from (export "copy-from")
    (param $d i32) (param $s i32) (param $o i32) (param $n i32) (param $from i32)
    (loop $next
      (if (i32.ge_s (i32.load (local.get $s)) (local.get $from))
        (then (i32.store (local.get $d) (i32.add (i32.load (local.get $o)) (i32.const 1)))))
      (local.set $d (i32.add (local.get $d) (i32.const 4)))
      (local.set $s (i32.add (local.get $s) (i32.const 4)))
      (local.set $o (i32.add (local.get $o) (i32.const 4)))
      (br_if $next (local.tee $n (i32.sub (local.get $n) (i32.const 1))))))

  ;; the same, unrolled twice
  (func (export "copy-pairs")
    (param $d i32) (param $s i32) (param $o i32) (param $n i32) (param $from i32)
    (loop $next
      (if (i32.ge_s (i32.load (local.get $s)) (local.get $from))
        (then (i32.store (local.get $d) (i32.add (i32.load (local.get $o)) (i32.const 1)))))
      (if (i32.ge_s (i32.load offset=4 (local.get $s)) (local.get $from))
        (then (i32.store offset=4 (local.get $d)
          (i32.add (i32.load offset=4 (local.get $o)) (i32.const 1)))))
      (local.set $d (i32.add (local.get $d) (i32.const 8)))
      (local.set $s (i32.add (local.get $s) (i32.const 8)))
      (local.set $o (i32.add (local.get $o) (i32.const 8)))
      (br_if $next (local.tee $n (i32.sub (local.get $n) (i32.const 2))))))

  ;; x = p[i]; if (x & 1) { if (x & 2) s += x; else p[i] = -x; } else s ^= q[i]
  (func (export "nested") (param $p i32) (param $q i32) (param $n i32) (result i32)
    (local $x i32) (local $s i32)
    (loop $next
      (local.set $x (i32.load (local.get $p)))
      (if (i32.and (local.get $x) (i32.const 1))
        (then
          (if (i32.and (local.get $x) (i32.const 2))
            (then (local.set $s (i32.add (local.get $s) (local.get $x))))
            (else (i32.store (local.get $p) (i32.sub (i32.const 0) (local.get $x))))))
        (else (local.set $s (i32.xor (local.get $s) (i32.load (local.get $q))))))
      (local.set $p (i32.add (local.get $p) (i32.const 4)))
      (local.set $q (i32.add (local.get $q) (i32.const 4)))
      (br_if $next (local.tee $n (i32.sub (local.get $n) (i32.const 1)))))
    (local.get $s))

  ;; an arm divides: only if it is taken
  (func (export "divide") (param $p i32) (param $n i32) (param $by i32) (result i32) (local $s i32)
    (loop $next
      (if (i32.ge_s (i32.load (local.get $p)) (i32.const 50))
        (then (local.set $s (i32.add (local.get $s)
          (i32.div_s (i32.load (local.get $p)) (local.get $by))))))
      (local.set $p (i32.add (local.get $p) (i32.const 4)))
      (br_if $next (local.tee $n (i32.sub (local.get $n) (i32.const 1)))))
    (local.get $s))

  ;; what is stored is read again by the next iteration: if (p[i] < 5) p[i + 1] = p[i]
  (func (export "carried") (param $p i32) (param $n i32)
    (loop $next
      (if (i32.lt_s (i32.load (local.get $p)) (i32.const 5))
        (then (i32.store offset=4 (local.get $p) (i32.load (local.get $p)))))
      (local.set $p (i32.add (local.get $p) (i32.const 4)))
      (br_if $next (local.tee $n (i32.sub (local.get $n) (i32.const 1)))))))

;; apart
(invoke "count" (i32.const 4096) (i32.const 100))
(invoke "count" (i32.const 8192) (i32.const 100))
(invoke "copy-from" (i32.const 1024) (i32.const 4096) (i32.const 8192) (i32.const 100) (i32.const 60))
(assert_return (invoke "at" (i32.const 1260)) (i32.const 0))
(assert_return (invoke "at" (i32.const 1264)) (i32.const 61))
(assert_return (invoke "at" (i32.const 1420)) (i32.const 100))
(assert_return (invoke "at" (i32.const 1424)) (i32.const 0))
(invoke "copy-pairs" (i32.const 2048) (i32.const 4096) (i32.const 8192) (i32.const 100) (i32.const 61))
(assert_return (invoke "at" (i32.const 2288)) (i32.const 0))
(assert_return (invoke "at" (i32.const 2292)) (i32.const 62))
(assert_return (invoke "at" (i32.const 2444)) (i32.const 100))

;; over each other: what an iteration stores is the next one's operand, and decides
(invoke "count" (i32.const 4096) (i32.const 100))
(invoke "copy-from" (i32.const 4100) (i32.const 8192) (i32.const 4096) (i32.const 90) (i32.const 0))
(assert_return (invoke "at" (i32.const 4456)) (i32.const 90))
(invoke "count" (i32.const 4096) (i32.const 100))
(invoke "copy-pairs" (i32.const 4100) (i32.const 4096) (i32.const 8192) (i32.const 90) (i32.const 7))
(assert_return (invoke "at" (i32.const 4456)) (i32.const 90))
(invoke "carried" (i32.const 4096) (i32.const 50))
(assert_return (invoke "at" (i32.const 4296)) (i32.const 0))
(assert_return (invoke "at" (i32.const 4300)) (i32.const 51))

;; the arm's arrays leave the memory, where it is not taken and where it is
(invoke "count" (i32.const 4096) (i32.const 100))
(invoke "copy-from" (i32.const 65400) (i32.const 4096) (i32.const 65400) (i32.const 100) (i32.const 1000))
(assert_return (invoke "at" (i32.const 65532)) (i32.const 0))
(invoke "put" (i32.const 65528) (i32.const 7))
(assert_trap
  (invoke "copy-from" (i32.const 65400) (i32.const 4096) (i32.const 65400) (i32.const 100) (i32.const 32))
  "out of bounds memory access")
(assert_return (invoke "at" (i32.const 65524)) (i32.const 0))
(assert_return (invoke "at" (i32.const 65528)) (i32.const 8))
(assert_return (invoke "at" (i32.const 65532)) (i32.const 1))
(invoke "put" (i32.const 65528) (i32.const 0))
(assert_trap
  (invoke "copy-pairs" (i32.const 65400) (i32.const 4096) (i32.const 1024) (i32.const 100) (i32.const 33))
  "out of bounds memory access")
(assert_return (invoke "at" (i32.const 65528)) (i32.const 0))
(assert_return (invoke "at" (i32.const 65532)) (i32.const 1))
(invoke "put" (i32.const 65532) (i32.const 0))
;; what is looked at leaves it
(assert_trap
  (invoke "copy-from" (i32.const 1024) (i32.const 65500) (i32.const 1024) (i32.const 100) (i32.const 99))
  "out of bounds memory access")
;; a count of 0 is one of 2^32
(assert_trap
  (invoke "copy-from" (i32.const 1024) (i32.const 4096) (i32.const 1024) (i32.const 0) (i32.const 99999))
  "out of bounds memory access")
;; addresses wrap
(assert_trap
  (invoke "copy-from" (i32.const -8) (i32.const 4096) (i32.const 1024) (i32.const 100) (i32.const 0))
  "out of bounds memory access")
(invoke "put" (i32.const 0) (i32.const 3))
(invoke "copy-from" (i32.const -8) (i32.const 4096) (i32.const 8192) (i32.const 100) (i32.const 97))
(assert_return (invoke "at" (i32.const 0)) (i32.const 3))
(assert_return (invoke "at" (i32.const 380)) (i32.const 98))

;; arms in arms
(invoke "count" (i32.const 4096) (i32.const 100))
(invoke "count" (i32.const 8192) (i32.const 100))
(assert_return (invoke "nested" (i32.const 4096) (i32.const 8192) (i32.const 100)) (i32.const 1277))
(assert_return (invoke "at" (i32.const 4100)) (i32.const -1))
(assert_return (invoke "at" (i32.const 4104)) (i32.const 2))
(assert_return (invoke "at" (i32.const 4108)) (i32.const 3))
(assert_return (invoke "at" (i32.const 4116)) (i32.const -5))

;; division
(invoke "count" (i32.const 4096) (i32.const 100))
(assert_return (invoke "divide" (i32.const 4096) (i32.const 50) (i32.const 0)) (i32.const 0))
(assert_return (invoke "divide" (i32.const 4096) (i32.const 52) (i32.const 2)) (i32.const 50))
(assert_trap (invoke "divide" (i32.const 4096) (i32.const 51) (i32.const 0)) "integer divide by zero")
