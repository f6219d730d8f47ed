;; SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
;;
;; Loops over linear memory get a second version without traps or wrapping addresses, chosen by a
;; check before the loop (codegen/passes/loop_version.c). Whatever the check says, a loop does what it would
;; do instruction by instruction: what was stored before a trap stays, addresses wrap at 2^32, counts
;; wrap, limits that are stepped over are not limits. Run at every level.

(module
  (memory (export "memory") 1 3)
  (func (export "fill") (param $at i32) (param $n i32) (param $byte i32)
    (local $i i32)
    (local.set $i (local.get $at))
    (loop $next
      (i32.store8 (local.get $i) (local.get $byte))
      (local.set $i (i32.add (local.get $i) (i32.const 1)))
      (br_if $next (i32.ne (local.get $i) (i32.add (local.get $at) (local.get $n))))))
  (func (export "at") (param i32) (result i32) (i32.load8_u (local.get 0)))
  (func (export "put") (param i32 i32) (i32.store8 (local.get 0) (local.get 1)))
  (func (export "grow") (param i32) (result i32) (memory.grow (local.get 0)))

  ;; sum of n words, up
  (func (export "sum") (param $p i32) (param $n i32) (result i32)
    (local $s i32) (local $i i32)
    (loop $next
      (local.set $s (i32.add (local.get $s)
        (i32.load (i32.add (local.get $p) (i32.shl (local.get $i) (i32.const 2))))))
      (br_if $next (i32.lt_u (local.tee $i (i32.add (local.get $i) (i32.const 1))) (local.get $n))))
    (local.get $s))

  ;; a[i] = b[i] + 1, by bytes, ranges may overlap; with an offset
  (func (export "plus") (param $to i32) (param $from i32) (param $n i32)
    (loop $next
      (i32.store8 offset=16 (local.get $to)
        (i32.add (i32.load8_u offset=16 (local.get $from)) (i32.const 1)))
      (local.set $to (i32.add (local.get $to) (i32.const 1)))
      (local.set $from (i32.add (local.get $from) (i32.const 1)))
      (br_if $next (local.tee $n (i32.sub (local.get $n) (i32.const 1))))))

  ;; down, signed limit; the count of what was stored comes out
  (func (export "down") (param $from i32) (param $to i32) (param $v i32) (result i32)
    (local $count i32)
    (loop $next
      (i32.store (local.get $from) (local.get $v))
      (local.set $count (i32.add (local.get $count) (i32.const 1)))
      (local.set $from (i32.sub (local.get $from) (i32.const 4)))
      (br_if $next (i32.ge_s (local.get $from) (local.get $to))))
    (local.get $count))

  ;; steps of 12 until equal: never, unless 12 divides the way; ends by a trap then
  (func (export "dozen") (param $from i32) (param $to i32)
    (loop $next
      (i32.store (local.get $from) (i32.const 0x01010101))
      (br_if $next
        (i32.ne (local.tee $from (i32.add (local.get $from) (i32.const 12))) (local.get $to)))))

  ;; a limit near 2^32 that the counter wraps over: lt_u goes on from the start
  (func (export "over") (param $i i32) (result i32)
    (local $n i32)
    (loop $next
      (local.set $n (i32.add (local.get $n) (i32.load8_u (i32.and (local.get $i) (i32.const 7)))))
      (i32.store8 (i32.add (local.get $i) (i32.const 64)) (i32.const 9))
      (local.set $i (i32.add (local.get $i) (i32.const 3)))
      (br_if $next (i32.lt_u (local.get $i) (i32.const 0xffffffff))))
    (local.get $n))

  ;; floats, three rows, constants in the addresses
  (func (export "stencil") (param $p i32) (param $n i32)
    (local $i i32)
    (loop $next
      (f64.store (i32.add (i32.add (local.get $p) (local.get $i)) (i32.const 4104))
        (f64.add
          (f64.load (i32.add (i32.add (local.get $p) (local.get $i)) (i32.const 0)))
          (f64.load (i32.add (i32.add (local.get $p) (local.get $i)) (i32.const 16)))))
      (br_if $next (i32.ne
        (local.tee $i (i32.add (local.get $i) (i32.const 8)))
        (i32.shl (local.get $n) (i32.const 3))))))
  (func (export "f64-at") (param i32) (result f64) (f64.load (local.get 0)))
  (func (export "f64-put") (param i32 f64) (f64.store (local.get 0) (local.get 1))))

;; inside
(invoke "fill" (i32.const 100) (i32.const 50) (i32.const 1))
(assert_return (invoke "at" (i32.const 99)) (i32.const 0))
(assert_return (invoke "at" (i32.const 100)) (i32.const 1))
(assert_return (invoke "at" (i32.const 149)) (i32.const 1))
(assert_return (invoke "at" (i32.const 150)) (i32.const 0))
(assert_return (invoke "sum" (i32.const 100) (i32.const 12)) (i32.const 0x0c0c0c0c))
(assert_return (invoke "sum" (i32.const 100) (i32.const 0)) (i32.const 0x01010101))

;; up to the end of memory and over it: what came before the trap is there
(invoke "fill" (i32.const 65500) (i32.const 36) (i32.const 2))
(assert_return (invoke "at" (i32.const 65535)) (i32.const 2))
(assert_trap (invoke "fill" (i32.const 65500) (i32.const 37) (i32.const 3)) "out of bounds memory access")
(assert_return (invoke "at" (i32.const 65535)) (i32.const 3))
(assert_trap (invoke "sum" (i32.const 65500) (i32.const 10)) "out of bounds memory access")
(assert_return (invoke "sum" (i32.const 65500) (i32.const 9)) (i32.const 0x1b1b1b1b))
(assert_trap (invoke "sum" (i32.const 65533) (i32.const 1)) "out of bounds memory access")
(assert_return (invoke "grow" (i32.const 1)) (i32.const 1))
(invoke "fill" (i32.const 65500) (i32.const 65572) (i32.const 4))
(assert_return (invoke "at" (i32.const 131071)) (i32.const 4))
(assert_trap (invoke "fill" (i32.const 65500) (i32.const 65573) (i32.const 5)) "out of bounds memory access")
(assert_return (invoke "at" (i32.const 131071)) (i32.const 5))

;; an address that wraps: the last words of the address space trap, 0 does not
(assert_trap (invoke "sum" (i32.const -4) (i32.const 2)) "out of bounds memory access")
(invoke "fill" (i32.const 0) (i32.const 64) (i32.const 0))
(assert_trap (invoke "fill" (i32.const -8) (i32.const 16) (i32.const 6)) "out of bounds memory access")
(assert_return (invoke "at" (i32.const 0)) (i32.const 0))
(assert_trap (invoke "plus" (i32.const -20) (i32.const 0) (i32.const 8)) "out of bounds memory access")

;; overlapping ranges are read and written byte by byte
(invoke "fill" (i32.const 1000) (i32.const 300) (i32.const 0))
(invoke "plus" (i32.const 985) (i32.const 984) (i32.const 200))
(assert_return (invoke "at" (i32.const 1001)) (i32.const 1))
(assert_return (invoke "at" (i32.const 1100)) (i32.const 100))
(assert_return (invoke "at" (i32.const 1200)) (i32.const 200))
(assert_return (invoke "at" (i32.const 1201)) (i32.const 0))
(invoke "fill" (i32.const 1000) (i32.const 300) (i32.const 7))
(invoke "plus" (i32.const 984) (i32.const 985) (i32.const 200))
(assert_return (invoke "at" (i32.const 1000)) (i32.const 8))
(assert_return (invoke "at" (i32.const 1199)) (i32.const 8))
(assert_return (invoke "at" (i32.const 1200)) (i32.const 7))
(invoke "plus" (i32.const 984) (i32.const 984) (i32.const 200))
(assert_return (invoke "at" (i32.const 1000)) (i32.const 9))

;; down
(assert_return (invoke "down" (i32.const 2000) (i32.const 1000) (i32.const -1)) (i32.const 251))
(assert_return (invoke "at" (i32.const 1000)) (i32.const 255))
(assert_return (invoke "at" (i32.const 2003)) (i32.const 255))
(assert_return (invoke "at" (i32.const 999)) (i32.const 0))
(assert_return (invoke "down" (i32.const 40) (i32.const 41) (i32.const 0)) (i32.const 1))
(assert_trap (invoke "down" (i32.const 16) (i32.const -4) (i32.const 5)) "out of bounds memory access")
(assert_return (invoke "at" (i32.const 0)) (i32.const 5))
(assert_trap (invoke "down" (i32.const 131069) (i32.const 131000) (i32.const 5)) "out of bounds memory access")

;; until equal
(invoke "dozen" (i32.const 3000) (i32.const 3120))
(assert_return (invoke "at" (i32.const 3108)) (i32.const 1))
(assert_return (invoke "at" (i32.const 3120)) (i32.const 0))
(assert_trap (invoke "dozen" (i32.const 3200) (i32.const 3209)) "out of bounds memory access")
(assert_return (invoke "at" (i32.const 3212)) (i32.const 1))
(assert_trap (invoke "dozen" (i32.const 3200) (i32.const 3200)) "out of bounds memory access")

(assert_trap (invoke "over" (i32.const 0xffffffe0)) "out of bounds memory access")
(assert_return (invoke "at" (i32.const 32)) (i32.const 9))

(invoke "f64-put" (i32.const 8192) (f64.const 1.5))
(invoke "f64-put" (i32.const 8208) (f64.const 2.5))
(invoke "f64-put" (i32.const 8224) (f64.const 4.5))
(invoke "stencil" (i32.const 8192) (i32.const 100))
(assert_return (invoke "f64-at" (i32.const 12296)) (f64.const 4))
(assert_return (invoke "f64-at" (i32.const 12312)) (f64.const 7))
(assert_return (invoke "f64-at" (i32.const 12328)) (f64.const 4.5))
(assert_trap (invoke "stencil" (i32.const 126960) (i32.const 10)) "out of bounds memory access")
(assert_trap (invoke "stencil" (i32.const -4096) (i32.const 2)) "out of bounds memory access")
