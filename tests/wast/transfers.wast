;; SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
;;
;; Functions that copy and fill memory, whose short transfers are done without them
;; (codegen/plan/transfer.h): all lengths and alignments, ranges that overlap, which such a function copies
;; its own way, and ends of memory, where what it stored before the trap must be there. What they leave is
;; compared with what $twin of them leaves: the same a byte at a time, through a global, which is not known.

(module
  (memory (export "memory") 1 1)
  (global $step (mut i32) (i32.const 1))
  (type $transfer (func (param i32 i32 i32) (result i32)))
  (table funcref (elem $bytes $words $shifts $either $fill $slow-copy $slow-fill))

  (func $bytes (type $transfer) (local $p i32)
    (local.set $p (local.get 0))
    (block $done
      (loop $more
        (br_if $done (i32.eqz (local.get 2)))
        (i32.store8 (local.get $p) (i32.load8_u (local.get 1)))
        (local.set $p (i32.add (local.get $p) (i32.const 1)))
        (local.set 1 (i32.add (local.get 1) (i32.const 1)))
        (local.set 2 (i32.sub (local.get 2) (i32.const 1)))
        (br $more)))
    (local.get 0))

  ;; words, two at a time, then bytes
  (func $words (type $transfer) (local $i i32)
    (block $short
      (loop $more
        (br_if $short (i32.lt_u (i32.sub (local.get 2) (local.get $i)) (i32.const 8)))
        (i32.store align=1 (i32.add (local.get 0) (local.get $i))
          (i32.load align=1 (i32.add (local.get 1) (local.get $i))))
        (i32.store offset=4 align=1 (i32.add (local.get 0) (local.get $i))
          (i32.load offset=4 align=1 (i32.add (local.get 1) (local.get $i))))
        (local.set $i (i32.add (local.get $i) (i32.const 8)))
        (br $more)))
    (drop (call $bytes (i32.add (local.get 0) (local.get $i)) (i32.add (local.get 1) (local.get $i))
      (i32.sub (local.get 2) (local.get $i))))
    (local.get 0))

  ;; words put together from two aligned ones
  (func $shifts (type $transfer) (local $p i32) (local $q i32) (local $word i32) (local $next i32) (local $bits i32)
    (local.set $p (local.get 0))
    (if (i32.and (local.get 1) (i32.const 3))
      (then
        (local.set $bits (i32.shl (i32.and (local.get 1) (i32.const 3)) (i32.const 3)))
        (local.set $q (i32.and (local.get 1) (i32.const -4)))
        (block $short
          (br_if $short (i32.lt_u (local.get 2) (i32.const 7)))
          (local.set $word (i32.load (local.get $q)))
          (loop $more
            (local.set $next (i32.load offset=4 (local.get $q)))
            (i32.store align=1 (local.get $p)
              (i32.or (i32.shr_u (local.get $word) (local.get $bits))
                (i32.shl (local.get $next) (i32.sub (i32.const 32) (local.get $bits)))))
            (local.set $word (local.get $next))
            (local.set $p (i32.add (local.get $p) (i32.const 4)))
            (local.set $q (i32.add (local.get $q) (i32.const 4)))
            (local.set 2 (i32.sub (local.get 2) (i32.const 4)))
            (br_if $more (i32.ge_u (local.get 2) (i32.const 7)))))
        (local.set 1 (i32.add (local.get 1) (i32.sub (local.get $p) (local.get 0))))))
    (drop (call $bytes (local.get $p) (local.get 1) (local.get 2)))
    (local.get 0))

  ;; memmove
  (func $either (type $transfer)
    (if (result i32) (i32.lt_u (local.get 0) (local.get 1))
      (then (call $bytes (local.get 0) (local.get 1) (local.get 2)))
      (else
        (block $done
          (loop $more
            (br_if $done (i32.eqz (local.get 2)))
            (local.set 2 (i32.sub (local.get 2) (i32.const 1)))
            (i32.store8 (i32.add (local.get 0) (local.get 2)) (i32.load8_u (i32.add (local.get 1) (local.get 2))))
            (br $more)))
        (local.get 0))))

  (func $fill (type $transfer) (local $p i32) (local $end i32)
    (local.set $p (local.get 0))
    (local.set $end (i32.add (local.get 0) (local.get 2)))
    (block $done
      (loop $more
        (br_if $done (i32.eq (local.get $p) (local.get $end)))
        (i32.store8 (local.get $p) (local.get 1))
        (local.set $p (i32.add (local.get $p) (i32.const 1)))
        (br $more)))
    (local.get 0))

  (func $slow-copy (type $transfer) (local $i i32)
    (block $done
      (loop $more
        (br_if $done (i32.eq (local.get $i) (local.get 2)))
        (i32.store8 (i32.add (local.get 0) (local.get $i)) (i32.load8_u (i32.add (local.get 1) (local.get $i))))
        (local.set $i (i32.add (local.get $i) (global.get $step)))
        (br $more)))
    (local.get 0))
  (func $slow-fill (type $transfer) (local $i i32)
    (block $done
      (loop $more
        (br_if $done (i32.eq (local.get $i) (local.get 2)))
        (i32.store8 (i32.add (local.get 0) (local.get $i)) (local.get 1))
        (local.set $i (i32.add (local.get $i) (global.get $step)))
        (br $more)))
    (local.get 0))

  ;; 2048 bytes at 0 and at 4096 that differ
  (func $prepare (local $i i32)
    (loop
      (i32.store8 (local.get $i)
        (i32.xor (i32.mul (local.get $i) (i32.const 167)) (i32.shr_u (local.get $i) (i32.const 3))))
      (i32.store8 offset=4096 (local.get $i) (i32.load8_u (local.get $i)))
      (br_if 0 (i32.lt_u (local.tee $i (i32.add (local.get $i) (i32.const 1))) (i32.const 2048)))))
  (func $differ (result i32) (local $i i32) (local $bad i32)
    (loop
      (local.set $bad (i32.or (local.get $bad)
        (i32.ne (i32.load align=1 (local.get $i)) (i32.load offset=4096 align=1 (local.get $i)))))
      (br_if 0 (i32.lt_u (local.tee $i (i32.add (local.get $i) (i32.const 4))) (i32.const 2048))))
    (local.get $bad))

  (func $known (param $which i32) (param $d i32) (param $s i32) (param $n i32) (result i32)
    (block (block (block (block
      (br_table 0 1 2 3 (local.get $which)))
      (return (call $bytes (local.get $d) (local.get $s) (local.get $n))))
      (return (call $words (local.get $d) (local.get $s) (local.get $n))))
      (return (call $shifts (local.get $d) (local.get $s) (local.get $n))))
      (return (call $either (local.get $d) (local.get $s) (local.get $n))))

  ;; whether a copy at that distance, or a fill, goes wrong: its twin is 4096 bytes above
  (func $is-wrong (param $which i32) (param $d i32) (param $s i32) (param $n i32) (result i32) (local $r i32)
    (call $prepare)
    (if (i32.eq (local.get $which) (i32.const 4))
      (then
        (local.set $r (call $fill (local.get $d) (local.get $s) (local.get $n)))
        (drop (call $slow-fill (i32.add (local.get $d) (i32.const 4096)) (local.get $s) (local.get $n))))
      (else
        (local.set $r (call $known (local.get $which) (local.get $d) (local.get $s) (local.get $n)))
        (drop (call $slow-copy (i32.add (local.get $d) (i32.const 4096)) (i32.add (local.get $s) (i32.const 4096))
          (local.get $n)))))
    (i32.or (call $differ) (i32.ne (local.get $r) (local.get $d))))
  (export "is-wrong" (func $is-wrong))

  ;; of all lengths to 262, each at another alignment, with the source far away
  (func (export "wrong-lengths") (param $which i32) (result i32) (local $n i32) (local $bad i32)
    (loop
      (local.set $bad (i32.add (local.get $bad) (call $is-wrong (local.get $which)
        (i32.add (i32.const 200) (i32.and (local.get $n) (i32.const 7)))
        (i32.add (i32.const 1000) (i32.and (i32.shr_u (i32.mul (local.get $n) (i32.const 13)) (i32.const 2)) (i32.const 7)))
        (local.get $n))))
      (br_if 0 (i32.lt_u (local.tee $n (i32.add (local.get $n) (i32.const 1))) (i32.const 263))))
    (local.get $bad))

  ;; of some lengths, at all distances down to 1 below the source
  (func (export "wrong-overlaps") (param $which i32) (param $n i32) (result i32) (local $d i32) (local $bad i32)
    (local.set $d (i32.const 700))
    (loop
      (local.set $bad (i32.add (local.get $bad)
        (call $is-wrong (local.get $which) (local.get $d) (i32.const 1000) (local.get $n))))
      (br_if 0 (i32.lt_u (local.tee $d (i32.add (local.get $d) (i32.const 1))) (i32.const 1000))))
    (local.get $bad))

  ;; above the source, a byte at a time, where the first bytes repeat
  (func (export "wrong-repeats") (param $n i32) (result i32) (local $d i32) (local $bad i32)
    (local.set $d (i32.const 1000))
    (loop
      (local.set $bad (i32.add (local.get $bad)
        (call $is-wrong (i32.const 0) (local.get $d) (i32.const 1000) (local.get $n))))
      (br_if 0 (i32.lt_u (local.tee $d (i32.add (local.get $d) (i32.const 1))) (i32.const 1300))))
    (local.get $bad))

  (func (export "copy") (param i32 i32 i32) (result i32) (call $bytes (local.get 0) (local.get 1) (local.get 2)))
  (func (export "copy-16") (param i32 i32) (result i32) (call $bytes (local.get 0) (local.get 1) (i32.const 16)))
  (func (export "fill") (param i32 i32 i32) (result i32) (call $fill (local.get 0) (local.get 1) (local.get 2)))
  (func (export "fill-16") (param i32 i32) (result i32) (call $fill (local.get 0) (local.get 1) (i32.const 16)))
  (func (export "load") (param i32) (result i32) (i32.load8_u (local.get 0))))

(assert_return (invoke "wrong-lengths" (i32.const 0)) (i32.const 0))
(assert_return (invoke "wrong-lengths" (i32.const 1)) (i32.const 0))
(assert_return (invoke "wrong-lengths" (i32.const 2)) (i32.const 0))
(assert_return (invoke "wrong-lengths" (i32.const 3)) (i32.const 0))
(assert_return (invoke "wrong-lengths" (i32.const 4)) (i32.const 0))
(assert_return (invoke "wrong-overlaps" (i32.const 0) (i32.const 5)) (i32.const 0))
(assert_return (invoke "wrong-overlaps" (i32.const 0) (i32.const 100)) (i32.const 0))
(assert_return (invoke "wrong-overlaps" (i32.const 0) (i32.const 256)) (i32.const 0))
(assert_return (invoke "wrong-overlaps" (i32.const 3) (i32.const 16)) (i32.const 0))
(assert_return (invoke "wrong-overlaps" (i32.const 3) (i32.const 255)) (i32.const 0))
(assert_return (invoke "wrong-repeats" (i32.const 1)) (i32.const 0))
(assert_return (invoke "wrong-repeats" (i32.const 33)) (i32.const 0))
(assert_return (invoke "wrong-repeats" (i32.const 256)) (i32.const 0))

;; Ends: the last bytes are reached; of one more, those before it are stored.
(assert_return (invoke "fill" (i32.const 65520) (i32.const 7) (i32.const 16)) (i32.const 65520))
(assert_return (invoke "fill-16" (i32.const 65520) (i32.const 0x108)) (i32.const 65520))
(assert_return (invoke "copy" (i32.const 65472) (i32.const 65520) (i32.const 16)) (i32.const 65472))
(assert_return (invoke "copy-16" (i32.const 65456) (i32.const 65520)) (i32.const 65456))
(assert_return (invoke "load" (i32.const 65456)) (i32.const 8))
(assert_return (invoke "load" (i32.const 65487)) (i32.const 8))
(assert_trap (invoke "fill" (i32.const 65521) (i32.const 9) (i32.const 16)) "out of bounds memory access")
(assert_return (invoke "load" (i32.const 65520)) (i32.const 8))
(assert_return (invoke "load" (i32.const 65521)) (i32.const 9))
(assert_return (invoke "load" (i32.const 65535)) (i32.const 9))
(assert_trap (invoke "fill-16" (i32.const 65522) (i32.const 10)) "out of bounds memory access")
(assert_return (invoke "load" (i32.const 65535)) (i32.const 10))
(assert_trap (invoke "copy" (i32.const 0x100) (i32.const 65522) (i32.const 16)) "out of bounds memory access")
(assert_return (invoke "load" (i32.const 0x10d)) (i32.const 10))
(assert_trap (invoke "copy-16" (i32.const 65530) (i32.const 65456)) "out of bounds memory access")
(assert_return (invoke "load" (i32.const 65535)) (i32.const 8))
(assert_trap (invoke "copy" (i32.const -8) (i32.const 0) (i32.const 16)) "out of bounds memory access")
(assert_trap (invoke "copy" (i32.const 0) (i32.const -8) (i32.const 16)) "out of bounds memory access")
(assert_return (invoke "copy" (i32.const 65537) (i32.const 0) (i32.const 0)) (i32.const 65537))
(assert_return (invoke "copy" (i32.const -1) (i32.const -1) (i32.const 0)) (i32.const -1))
(assert_return (invoke "fill" (i32.const -1) (i32.const 1) (i32.const 0)) (i32.const -1))
