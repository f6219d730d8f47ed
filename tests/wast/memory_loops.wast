;; SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
;;
;; Loops that fill and copy memory, which the compiler recognises (codegen/plan/idiom.c). Each stands in
;; the table twice: as it is written, and with a call in it, so that it is not recognised. Both
;; run on the same memory, which must be the same afterwards, locals included.

(module
  (memory (export "memory") 2)
  (type $loop (func (param i32 i32 i32) (result i32)))
  (table funcref (elem
    $copy-up $copy-up' $copy-down $copy-down' $copy-words $copy-words' $copy-scrambled $copy-scrambled'
    $copy-late $copy-late' $fill-bytes $fill-bytes' $fill-words $fill-words' $fill-down $fill-down'
    $fill-double $fill-double' $fill-indexed $fill-indexed' $while $while' $gaps $gaps'
    $two-ends $two-ends' $until $until' $signed $signed' $swapped $swapped'))
  (func $no)

  ;; do *d++ = *s++; while (--n)
  (func $copy-up (type $loop)
    (loop
      (i32.store8 (local.get 0) (i32.load8_u (local.get 1)))
      (local.set 0 (i32.add (local.get 0) (i32.const 1)))
      (local.set 1 (i32.add (local.get 1) (i32.const 1)))
      (br_if 0 (local.tee 2 (i32.sub (local.get 2) (i32.const 1)))))
    (i32.add (local.get 0) (i32.mul (local.get 1) (i32.const 3))))
  (func $copy-up' (type $loop)
    (loop
      (call $no)
      (i32.store8 (local.get 0) (i32.load8_u (local.get 1)))
      (local.set 0 (i32.add (local.get 0) (i32.const 1)))
      (local.set 1 (i32.add (local.get 1) (i32.const 1)))
      (br_if 0 (local.tee 2 (i32.sub (local.get 2) (i32.const 1)))))
    (i32.add (local.get 0) (i32.mul (local.get 1) (i32.const 3))))

  ;; do { n--; d[n] = s[n]; } while (n), with an offset, as memmove has it
  (func $copy-down (type $loop) (local i32)
    (loop
      (local.set 2 (i32.add (local.get 2) (i32.const -1)))
      (i32.store8 offset=3 (i32.add (local.get 0) (local.get 2))
        (local.tee 3 (i32.load8_u offset=1 (i32.add (local.get 1) (local.get 2)))))
      (br_if 0 (local.get 2)))
    (local.get 3))
  (func $copy-down' (type $loop) (local i32)
    (loop
      (call $no)
      (local.set 2 (i32.add (local.get 2) (i32.const -1)))
      (i32.store8 offset=3 (i32.add (local.get 0) (local.get 2))
        (local.tee 3 (i32.load8_u offset=1 (i32.add (local.get 1) (local.get 2)))))
      (br_if 0 (local.get 2)))
    (local.get 3))

  ;; four words an iteration, each with an address of its own
  (func $copy-words (type $loop)
    (loop
      (i32.store (local.get 0) (i32.load (local.get 1)))
      (i32.store (i32.add (local.get 0) (i32.const 4)) (i32.load offset=4 (local.get 1)))
      (i32.store offset=8 (local.get 0) (i32.load (i32.add (local.get 1) (i32.const 8))))
      (f32.store (i32.add (local.get 0) (i32.const 12)) (f32.load (i32.sub (local.get 1) (i32.const -12))))
      (local.set 1 (i32.add (local.get 1) (i32.const 16)))
      (local.set 0 (i32.add (local.get 0) (i32.const 16)))
      (br_if 0 (i32.gt_u (local.tee 2 (i32.sub (local.get 2) (i32.const 16))) (i32.const 15))))
    (i32.add (local.get 0) (local.get 2)))
  (func $copy-words' (type $loop)
    (loop
      (call $no)
      (i32.store (local.get 0) (i32.load (local.get 1)))
      (i32.store (i32.add (local.get 0) (i32.const 4)) (i32.load offset=4 (local.get 1)))
      (i32.store offset=8 (local.get 0) (i32.load (i32.add (local.get 1) (i32.const 8))))
      (f32.store (i32.add (local.get 0) (i32.const 12)) (f32.load (i32.sub (local.get 1) (i32.const -12))))
      (local.set 1 (i32.add (local.get 1) (i32.const 16)))
      (local.set 0 (i32.add (local.get 0) (i32.const 16)))
      (br_if 0 (i32.gt_u (local.tee 2 (i32.sub (local.get 2) (i32.const 16))) (i32.const 15))))
    (i32.add (local.get 0) (local.get 2)))

  ;; rises, but its second half first: a piece may read what this iteration wrote
  (func $copy-scrambled (type $loop)
    (loop
      (i32.store offset=4 (local.get 0) (i32.load offset=4 (local.get 1)))
      (i32.store (local.get 0) (i32.load (local.get 1)))
      (local.set 1 (i32.add (local.get 1) (i32.const 8)))
      (local.set 0 (i32.add (local.get 0) (i32.const 8)))
      (br_if 0 (i32.gt_s (local.tee 2 (i32.sub (local.get 2) (i32.const 8))) (i32.const 0))))
    (i32.sub (local.get 0) (local.get 2)))
  (func $copy-scrambled' (type $loop)
    (loop
      (call $no)
      (i32.store offset=4 (local.get 0) (i32.load offset=4 (local.get 1)))
      (i32.store (local.get 0) (i32.load (local.get 1)))
      (local.set 1 (i32.add (local.get 1) (i32.const 8)))
      (local.set 0 (i32.add (local.get 0) (i32.const 8)))
      (br_if 0 (i32.gt_s (local.tee 2 (i32.sub (local.get 2) (i32.const 8))) (i32.const 0))))
    (i32.sub (local.get 0) (local.get 2)))

  ;; loads both, then stores both
  (func $copy-late (type $loop) (local i64 i64)
    (loop
      (local.set 3 (i64.load (local.get 1)))
      (local.set 4 (i64.load offset=8 (local.get 1)))
      (i64.store (local.get 0) (local.get 3))
      (i64.store offset=8 (local.get 0) (local.get 4))
      (local.set 1 (i32.add (local.get 1) (i32.const 16)))
      (local.set 0 (i32.add (local.get 0) (i32.const 16)))
      (br_if 0 (i32.ge_s (local.tee 2 (i32.sub (local.get 2) (i32.const 16))) (i32.const 16))))
    (i32.wrap_i64 (i64.xor (local.get 3) (local.get 4))))
  (func $copy-late' (type $loop) (local i64 i64)
    (loop
      (call $no)
      (local.set 3 (i64.load (local.get 1)))
      (local.set 4 (i64.load offset=8 (local.get 1)))
      (i64.store (local.get 0) (local.get 3))
      (i64.store offset=8 (local.get 0) (local.get 4))
      (local.set 1 (i32.add (local.get 1) (i32.const 16)))
      (local.set 0 (i32.add (local.get 0) (i32.const 16)))
      (br_if 0 (i32.ge_s (local.tee 2 (i32.sub (local.get 2) (i32.const 16))) (i32.const 16))))
    (i32.wrap_i64 (i64.xor (local.get 3) (local.get 4))))

  ;; p = d; do *p++ = s; while (p != end): ends by a comparison of addresses
  (func $fill-bytes (type $loop)
    (local.set 2 (i32.add (local.get 0) (local.get 2)))
    (loop
      (i32.store8 (local.get 0) (local.get 1))
      (br_if 0 (i32.ne (local.get 2) (local.tee 0 (i32.add (local.get 0) (i32.const 1))))))
    (local.get 0))
  (func $fill-bytes' (type $loop)
    (local.set 2 (i32.add (local.get 0) (local.get 2)))
    (loop
      (call $no)
      (i32.store8 (local.get 0) (local.get 1))
      (br_if 0 (i32.ne (local.get 2) (local.tee 0 (i32.add (local.get 0) (i32.const 1))))))
    (local.get 0))

  ;; as memset has it: stores in another order than their addresses
  (func $fill-words (type $loop) (local i64)
    (local.set 3 (i64.mul (i64.extend_i32_u (local.get 1)) (i64.const 0x100000001)))
    (loop
      (i64.store (local.get 0) (local.get 3))
      (i64.store (i32.add (local.get 0) (i32.const 24)) (local.get 3))
      (i64.store (i32.add (local.get 0) (i32.const 8)) (local.get 3))
      (i64.store (i32.add (local.get 0) (i32.const 16)) (local.get 3))
      (local.set 0 (i32.add (local.get 0) (i32.const 32)))
      (br_if 0 (i32.gt_u (local.tee 2 (i32.add (local.get 2) (i32.const -32))) (i32.const 31))))
    (local.get 0))
  (func $fill-words' (type $loop) (local i64)
    (local.set 3 (i64.mul (i64.extend_i32_u (local.get 1)) (i64.const 0x100000001)))
    (loop
      (call $no)
      (i64.store (local.get 0) (local.get 3))
      (i64.store (i32.add (local.get 0) (i32.const 24)) (local.get 3))
      (i64.store (i32.add (local.get 0) (i32.const 8)) (local.get 3))
      (i64.store (i32.add (local.get 0) (i32.const 16)) (local.get 3))
      (local.set 0 (i32.add (local.get 0) (i32.const 32)))
      (br_if 0 (i32.gt_u (local.tee 2 (i32.add (local.get 2) (i32.const -32))) (i32.const 31))))
    (local.get 0))

  ;; halves, falling
  (func $fill-down (type $loop)
    (loop
      (i32.store16 offset=2 (local.get 0) (i32.const 0x1234))
      (i32.store16 (local.get 0) (i32.const 0x1234))
      (local.set 0 (i32.sub (local.get 0) (i32.const 4)))
      (br_if 0 (i32.ge_u (local.tee 2 (i32.sub (local.get 2) (i32.const 4))) (i32.const 4))))
    (local.get 0))
  (func $fill-down' (type $loop)
    (loop
      (call $no)
      (i32.store16 offset=2 (local.get 0) (i32.const 0x1234))
      (i32.store16 (local.get 0) (i32.const 0x1234))
      (local.set 0 (i32.sub (local.get 0) (i32.const 4)))
      (br_if 0 (i32.ge_u (local.tee 2 (i32.sub (local.get 2) (i32.const 4))) (i32.const 4))))
    (local.get 0))

  ;; for (i = 0; i < n; i++) d[i] = 1.5
  (func $fill-double (type $loop)
    (local $i i32)
    (loop
      (f64.store (i32.add (local.get 0) (i32.shl (local.get $i) (i32.const 3))) (f64.const 1.5))
      (br_if 0 (i32.lt_s (local.tee $i (i32.add (local.get $i) (i32.const 1)))
                         (i32.shl (local.get 2) (i32.const 2)))))
    (local.get $i))
  (func $fill-double' (type $loop)
    (local $i i32)
    (loop
      (call $no)
      (f64.store (i32.add (local.get 0) (i32.shl (local.get $i) (i32.const 3))) (f64.const 1.5))
      (br_if 0 (i32.lt_s (local.tee $i (i32.add (local.get $i) (i32.const 1)))
                         (i32.shl (local.get 2) (i32.const 2)))))
    (local.get $i))

  ;; steps of twelve bytes, a number that is no power of two, with <=
  (func $fill-indexed (type $loop)
    (local $i i32)
    (loop
      (i32.store offset=8 (i32.add (local.get 0) (i32.mul (local.get $i) (i32.const 12))) (local.get 1))
      (i32.store offset=4 (i32.add (local.get 0) (i32.mul (local.get $i) (i32.const 12))) (local.get 1))
      (i32.store (i32.add (local.get 0) (i32.mul (local.get $i) (i32.const 12))) (local.get 1))
      (br_if 0 (i32.le_u (local.tee $i (i32.add (local.get $i) (i32.const 1))) (local.get 2))))
    (local.get $i))
  (func $fill-indexed' (type $loop)
    (local $i i32)
    (loop
      (call $no)
      (i32.store offset=8 (i32.add (local.get 0) (i32.mul (local.get $i) (i32.const 12))) (local.get 1))
      (i32.store offset=4 (i32.add (local.get 0) (i32.mul (local.get $i) (i32.const 12))) (local.get 1))
      (i32.store (i32.add (local.get 0) (i32.mul (local.get $i) (i32.const 12))) (local.get 1))
      (br_if 0 (i32.le_u (local.tee $i (i32.add (local.get $i) (i32.const 1))) (local.get 2))))
    (local.get $i))

  ;; while (n) { n--; *d++ = v = *s++; }, and what v is at the end
  (func $while (type $loop) (local $v i32)
    (loop
      (if (local.get 2)
        (then
          (local.set 2 (i32.sub (local.get 2) (i32.const 1)))
          (i32.store8 (local.get 0) (local.tee $v (i32.load8_s (local.get 1))))
          (local.set 0 (i32.add (local.get 0) (i32.const 1)))
          (local.set 1 (i32.add (local.get 1) (i32.const 1)))
          (br 1))))
    (local.get $v))
  (func $while' (type $loop) (local $v i32)
    (loop
      (if (local.get 2)
        (then
          (call $no)
          (local.set 2 (i32.sub (local.get 2) (i32.const 1)))
          (i32.store8 (local.get 0) (local.tee $v (i32.load8_s (local.get 1))))
          (local.set 0 (i32.add (local.get 0) (i32.const 1)))
          (local.set 1 (i32.add (local.get 1) (i32.const 1)))
          (br 1))))
    (local.get $v))

  ;; not one of them: each second byte
  (func $gaps (type $loop)
    (loop
      (i32.store8 (local.get 0) (i32.load8_u (local.get 1)))
      (local.set 0 (i32.add (local.get 0) (i32.const 2)))
      (local.set 1 (i32.add (local.get 1) (i32.const 2)))
      (br_if 0 (local.tee 2 (i32.sub (local.get 2) (i32.const 1)))))
    (local.get 0))
  (func $gaps' (type $loop)
    (loop
      (call $no)
      (i32.store8 (local.get 0) (i32.load8_u (local.get 1)))
      (local.set 0 (i32.add (local.get 0) (i32.const 2)))
      (local.set 1 (i32.add (local.get 1) (i32.const 2)))
      (br_if 0 (local.tee 2 (i32.sub (local.get 2) (i32.const 1)))))
    (local.get 0))

  ;; left in the middle, at 500, or at its end; v is only set after the middle
  (func $two-ends (type $loop) (local $i i32) (local $v i32)
    (block
      (loop
        (i32.store8 (local.get 0) (i32.load8_u (local.get 1)))
        (br_if 1 (i32.eq (local.get $i) (i32.const 500)))
        (local.set $v (i32.sub (local.get 0) (local.get 1)))
        (local.set $v (i32.add (local.get $v) (local.get $i)))
        (local.set $i (i32.add (local.get $i) (i32.const 1)))
        (local.set 0 (i32.add (local.get 0) (i32.const 1)))
        (local.set 1 (i32.add (local.get 1) (i32.const 1)))
        (br_if 0 (local.tee 2 (i32.sub (local.get 2) (i32.const 1))))))
    (i32.add (local.get $v) (local.get 2)))
  (func $two-ends' (type $loop) (local $i i32) (local $v i32)
    (block
      (loop
        (call $no)
        (i32.store8 (local.get 0) (i32.load8_u (local.get 1)))
        (br_if 1 (i32.eq (local.get $i) (i32.const 500)))
        (local.set $v (i32.sub (local.get 0) (local.get 1)))
        (local.set $v (i32.add (local.get $v) (local.get $i)))
        (local.set $i (i32.add (local.get $i) (i32.const 1)))
        (local.set 0 (i32.add (local.get 0) (i32.const 1)))
        (local.set 1 (i32.add (local.get 1) (i32.const 1)))
        (br_if 0 (local.tee 2 (i32.sub (local.get 2) (i32.const 1))))))
    (i32.add (local.get $v) (local.get 2)))

  ;; i != n in steps of four, which passes by an n that is no multiple of four: then i goes on to
  ;; 1000, by the second end
  (func $until (type $loop) (local $i i32)
    (block
      (loop
        (br_if 1 (i32.ge_s (local.get $i) (i32.const 1000)))
        (i32.store (i32.add (local.get $i) (local.get 0)) (i32.load (i32.add (local.get $i) (local.get 1))))
        (br_if 0 (i32.ne (local.tee $i (i32.add (local.get $i) (i32.const 4))) (local.get 2)))))
    (local.get $i))
  (func $until' (type $loop) (local $i i32)
    (block
      (loop
        (call $no)
        (br_if 1 (i32.ge_s (local.get $i) (i32.const 1000)))
        (i32.store (i32.add (local.get $i) (local.get 0)) (i32.load (i32.add (local.get $i) (local.get 1))))
        (br_if 0 (i32.ne (local.tee $i (i32.add (local.get $i) (i32.const 4))) (local.get 2)))))
    (local.get $i))

  ;; from below zero, with a signed end
  (func $signed (type $loop) (local $i i32)
    (local.set $i (i32.sub (i32.const 0) (local.get 2)))
    (loop
      (i32.store8 (i32.add (local.get $i) (local.get 0)) (i32.const -1))
      (br_if 0 (i32.le_s (local.tee $i (i32.add (local.get $i) (i32.const 1))) (local.get 2))))
    (local.get $i))
  (func $signed' (type $loop) (local $i i32)
    (local.set $i (i32.sub (i32.const 0) (local.get 2)))
    (loop
      (call $no)
      (i32.store8 (i32.add (local.get $i) (local.get 0)) (i32.const -1))
      (br_if 0 (i32.le_s (local.tee $i (i32.add (local.get $i) (i32.const 1))) (local.get 2))))
    (local.get $i))

  ;; the words of a pair change places: no copy
  (func $swapped (type $loop)
    (loop
      (i32.store (local.get 0) (i32.load offset=4 (local.get 1)))
      (i32.store offset=4 (local.get 0) (i32.load (local.get 1)))
      (local.set 1 (i32.add (local.get 1) (i32.const 8)))
      (local.set 0 (i32.add (local.get 0) (i32.const 8)))
      (br_if 0 (i32.gt_s (local.tee 2 (i32.sub (local.get 2) (i32.const 8))) (i32.const 0))))
    (local.get 0))
  (func $swapped' (type $loop)
    (loop
      (call $no)
      (i32.store (local.get 0) (i32.load offset=4 (local.get 1)))
      (i32.store offset=4 (local.get 0) (i32.load (local.get 1)))
      (local.set 1 (i32.add (local.get 1) (i32.const 8)))
      (local.set 0 (i32.add (local.get 0) (i32.const 8)))
      (br_if 0 (i32.gt_s (local.tee 2 (i32.sub (local.get 2) (i32.const 8))) (i32.const 0))))
    (local.get 0))

  ;; every byte another than its neighbours
  (func $prepare (local $i i32)
    (loop
      (i32.store8 (local.get $i) (i32.shr_u (i32.mul (local.get $i) (i32.const 0x9e3779b1)) (i32.const 24)))
      (br_if 0 (i32.ne (local.tee $i (i32.add (local.get $i) (i32.const 1))) (i32.const 0x20000)))))
  (func $sum (export "sum") (result i32) (local $i i32) (local $sum i32)
    (loop
      (local.set $sum (i32.add (i32.mul (local.get $sum) (i32.const 31)) (i32.load (local.get $i))))
      (br_if 0 (i32.ne (local.tee $i (i32.add (local.get $i) (i32.const 4))) (i32.const 0x20000))))
    (local.get $sum))
  (func $one (export "run") (param $which i32) (param $d i32) (param $s i32) (param $n i32) (result i32)
    (call $prepare)
    (call_indirect (type $loop) (local.get $d) (local.get $s) (local.get $n) (local.get $which))
    (i32.mul (i32.const 7))
    (i32.add (call $sum)))
  ;; number of the first pair that is not the same, or -1
  (func $differs (param $d i32) (param $s i32) (param $n i32) (result i32) (local $i i32)
    (loop
      (if (i32.ne (call $one (local.get $i) (local.get $d) (local.get $s) (local.get $n))
                  (call $one (i32.add (local.get $i) (i32.const 1)) (local.get $d) (local.get $s) (local.get $n)))
        (then (return (local.get $i))))
      (br_if 0 (i32.lt_u (local.tee $i (i32.add (local.get $i) (i32.const 2))) (i32.const 32))))
    (i32.const -1))
  (export "differs" (func $differs)))

;; apart, touching, overlapping by less than a word, an iteration, more
(assert_return (invoke "differs" (i32.const 0x8000) (i32.const 0x4000) (i32.const 1008)) (i32.const -1))
(assert_return (invoke "differs" (i32.const 0x4000) (i32.const 0x8000) (i32.const 1008)) (i32.const -1))
(assert_return (invoke "differs" (i32.const 0x8003) (i32.const 0x4001) (i32.const 80)) (i32.const -1))
(assert_return (invoke "differs" (i32.const 0x8000) (i32.const 0x8000) (i32.const 96)) (i32.const -1))
(assert_return (invoke "differs" (i32.const 0x8001) (i32.const 0x8000) (i32.const 400)) (i32.const -1))
(assert_return (invoke "differs" (i32.const 0x8002) (i32.const 0x8000) (i32.const 400)) (i32.const -1))
(assert_return (invoke "differs" (i32.const 0x8004) (i32.const 0x8000) (i32.const 400)) (i32.const -1))
(assert_return (invoke "differs" (i32.const 0x8007) (i32.const 0x8000) (i32.const 400)) (i32.const -1))
(assert_return (invoke "differs" (i32.const 0x8008) (i32.const 0x8000) (i32.const 400)) (i32.const -1))
(assert_return (invoke "differs" (i32.const 0x800c) (i32.const 0x8000) (i32.const 400)) (i32.const -1))
(assert_return (invoke "differs" (i32.const 0x8010) (i32.const 0x8000) (i32.const 400)) (i32.const -1))
(assert_return (invoke "differs" (i32.const 0x8020) (i32.const 0x8000) (i32.const 400)) (i32.const -1))
(assert_return (invoke "differs" (i32.const 0x8120) (i32.const 0x8000) (i32.const 400)) (i32.const -1))
(assert_return (invoke "differs" (i32.const 0x7fff) (i32.const 0x8000) (i32.const 400)) (i32.const -1))
(assert_return (invoke "differs" (i32.const 0x7ffc) (i32.const 0x8000) (i32.const 400)) (i32.const -1))
(assert_return (invoke "differs" (i32.const 0x7ff8) (i32.const 0x8000) (i32.const 400)) (i32.const -1))
(assert_return (invoke "differs" (i32.const 0x7ff4) (i32.const 0x8000) (i32.const 400)) (i32.const -1))
(assert_return (invoke "differs" (i32.const 0x7ff0) (i32.const 0x8000) (i32.const 400)) (i32.const -1))
(assert_return (invoke "differs" (i32.const 0x7f00) (i32.const 0x8000) (i32.const 400)) (i32.const -1))
;; short ones, and the very first addresses
(assert_return (invoke "differs" (i32.const 0x8000) (i32.const 0x4000) (i32.const 32)) (i32.const -1))
(assert_return (invoke "differs" (i32.const 0x8000) (i32.const 0x4000) (i32.const 48)) (i32.const -1))
(assert_return (invoke "differs" (i32.const 0x8000) (i32.const 0x4000) (i32.const 64)) (i32.const -1))
(assert_return (invoke "differs" (i32.const 500) (i32.const 2000) (i32.const 400)) (i32.const -1))
(assert_return (invoke "differs" (i32.const 2000) (i32.const 400) (i32.const 400)) (i32.const -1))

;; over the end: a trap, and before it each iteration
(assert_trap (invoke "run" (i32.const 0) (i32.const 0x1ff00) (i32.const 0x4000) (i32.const 0x101)) "out of bounds memory access")
(assert_trap (invoke "run" (i32.const 1) (i32.const 0x1ff00) (i32.const 0x4000) (i32.const 0x101)) "out of bounds memory access")
(assert_trap (invoke "run" (i32.const 0) (i32.const 0x4000) (i32.const 0x1ff00) (i32.const 0x101)) "out of bounds memory access")
(assert_trap (invoke "run" (i32.const 0) (i32.const 0x4000) (i32.const 0x4000) (i32.const 0)) "out of bounds memory access")
(assert_trap (invoke "run" (i32.const 8) (i32.const 0x1fff1) (i32.const 0x4000) (i32.const 96)) "out of bounds memory access")
(assert_trap (invoke "run" (i32.const 10) (i32.const 0x1ff00) (i32.const 1) (i32.const 0x101)) "out of bounds memory access")
(assert_trap (invoke "run" (i32.const 14) (i32.const 0x80) (i32.const 1) (i32.const 0x200)) "out of bounds memory access")
(assert_trap (invoke "run" (i32.const 20) (i32.const 0x1ff00) (i32.const 0) (i32.const 0x200)) "out of bounds memory access")

(module
  (memory (export "memory") 1)
  (func (export "fill") (param $p i32) (param $n i32)
    (loop
      (i32.store8 (local.get $p) (i32.const 0xaa))
      (local.set $p (i32.add (local.get $p) (i32.const 1)))
      (br_if 0 (local.tee $n (i32.sub (local.get $n) (i32.const 1))))))
  ;; the address wraps: from the last byte to the first
  (func (export "fill-around") (param $p i32) (param $n i32)
    (loop
      (i32.store8 offset=100 (local.get $p) (i32.const 0xbb))
      (local.set $p (i32.add (local.get $p) (i32.const 1)))
      (br_if 0 (local.tee $n (i32.sub (local.get $n) (i32.const 1))))))
  (func (export "get") (param i32) (result i32) (i32.load8_u (local.get 0))))

(assert_trap (invoke "fill" (i32.const 0xff00) (i32.const 0x101)) "out of bounds memory access")
(assert_return (invoke "get" (i32.const 0xfeff)) (i32.const 0))
(assert_return (invoke "get" (i32.const 0xff00)) (i32.const 0xaa))
(assert_return (invoke "get" (i32.const 0xffff)) (i32.const 0xaa))
(assert_trap (invoke "fill-around" (i32.const -50) (i32.const 200)) "out of bounds memory access")
(assert_return (invoke "get" (i32.const 100)) (i32.const 0))
(assert_return (invoke "fill-around" (i32.const 0) (i32.const 2000)))
(assert_return (invoke "get" (i32.const 99)) (i32.const 0))
(assert_return (invoke "get" (i32.const 100)) (i32.const 0xbb))
(assert_return (invoke "get" (i32.const 2099)) (i32.const 0xbb))
(assert_return (invoke "get" (i32.const 2100)) (i32.const 0))

;; What a round stores, the next one loads, but for what it has itself stored over a part of it: LLVM's
;; loop-load-elim, of -O3, does not see that. The vectors are 14 bytes apart, the integers 2.

(module
  (memory 1)
  (func (export "i32") (param $p i32) (param $n i32) (result i32)
    (local $sum i32)
    (loop $round
      (i32.store (local.get $p) (i32.const 0x00010002))
      (i32.store offset=6 (local.get $p) (i32.const 0x00030004))
      (local.set $sum (i32.add (local.get $sum) (i32.load offset=2 (local.get $p))))
      (local.set $p (i32.add (local.get $p) (i32.const 4)))
      (br_if $round (local.tee $n (i32.sub (local.get $n) (i32.const 1)))))
    (local.get $sum))
  (func (export "v128") (param $p i32) (param $n i32) (result v128)
    (local $sum v128)
    (loop $round
      (v128.store (local.get $p) (v128.const i16x8 1 1 1 1 1 1 1 1))
      (v128.store offset=30 (local.get $p) (v128.const i16x8 5 5 5 5 5 5 5 5))
      (local.set $sum (i16x8.add (local.get $sum) (v128.load offset=14 (local.get $p))))
      (local.set $p (i32.add (local.get $p) (i32.const 16)))
      (br_if $round (local.tee $n (i32.sub (local.get $n) (i32.const 1)))))
    (local.get $sum)))

(assert_return (invoke "i32" (i32.const 64) (i32.const 4)) (i32.const 0x90004))
(assert_return (invoke "v128" (i32.const 1024) (i32.const 4)) (v128.const i16x8 4 15 15 15 15 15 15 15))
