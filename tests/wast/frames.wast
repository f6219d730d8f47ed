;; SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
;;
;; What goes through memory between a function and one that is inlined into it (codegen/passes/frame.c,
;; codegen/passes/inline.c): loads of what several stores left, stores in between that may be to the same
;; place, addresses in one frame that wrap or lie beyond the memory.

(module
  (memory 1)

  ;; ---- a load from several stores ----

  (func (export "halves") (param $p i32) (param $x i32) (param $y i32) (result i64)
    (i32.store (i32.add (local.get $p) (i32.const 16)) (local.get $x))
    (i32.store (i32.add (local.get $p) (i32.const 20)) (local.get $y))
    (i64.load (i32.add (local.get $p) (i32.const 16))))

  (func (export "floats") (param $p i32) (param $x f32) (param $y f32) (result f64)
    (f32.store offset=8 (local.get $p) (local.get $x))
    (f32.store offset=12 (local.get $p) (local.get $y))
    (f64.load offset=8 (local.get $p)))

  ;; The bytes 1..4 of twelve, of which the second store ends some of the first.
  (func (export "overlapping") (param $p i32) (result i32)
    (i64.store (local.get $p) (i64.const 0x1716151413121110))
    (i32.store16 offset=2 (local.get $p) (i32.const 0x3332))
    (i32.store8 offset=4 (local.get $p) (i32.const 0x44))
    (i32.load offset=1 (local.get $p)))

  (func (export "sign") (param $p i32) (result i64)
    (i32.store8 (local.get $p) (i32.const 1))
    (i32.store8 offset=1 (local.get $p) (i32.const 0x80))
    (i64.load16_s (local.get $p)))

  ;; One byte of the four was not stored.
  (func (export "gap") (param $p i32) (result i32)
    (i32.store16 (local.get $p) (i32.const 0x1111))
    (i32.store8 offset=2 (local.get $p) (i32.const 0x22))
    (i32.load (local.get $p)))

  ;; $q may be $p, or reach into it.
  (func (export "in_between") (param $p i32) (param $q i32) (result i64)
    (i32.store (local.get $p) (i32.const 1))
    (i32.store offset=4 (local.get $p) (i32.const 2))
    (i32.store (local.get $q) (i32.const 3))
    (i64.load (local.get $p)))

  (func $clobber (param $p i32) (memory.fill (local.get $p) (i32.const 0x55) (i32.const 8)))
  (func (export "call_in_between") (param $p i32) (result i64)
    (i32.store (local.get $p) (i32.const 1))
    (i32.store offset=4 (local.get $p) (i32.const 2))
    (call $clobber (local.get $p))
    (i64.load (local.get $p)))

  (func (export "constant_in_between") (param $p i32) (result i64)
    (i32.store (local.get $p) (i32.const 1))
    (i32.store offset=4 (local.get $p) (i32.const 2))
    (i32.store (i32.const 512) (i32.const 7))
    (i64.load (local.get $p)))

  ;; ---- a struct in the caller's frame ----

  (func $swap (param $to i32) (param $from i32)
    (i32.store (local.get $to) (i32.load offset=4 (local.get $from)))
    (i32.store offset=4 (local.get $to) (i32.load (local.get $from))))

  (func (export "frame") (param $sp i32) (param $x i64) (result i64)
    (local $fp i32)
    (local.set $fp (i32.sub (local.get $sp) (i32.const 64)))
    (i64.store (local.get $fp) (local.get $x))
    (call $swap (i32.sub (local.get $sp) (i32.const 16)) (i32.sub (local.get $sp) (i32.const 64)))
    (i64.store offset=8 (local.get $fp) (i64.load offset=48 (local.get $fp)))
    (call $swap (i32.sub (local.get $sp) (i32.const 32)) (i32.sub (local.get $sp) (i32.const 56)))
    (call $swap (i32.sub (local.get $sp) (i32.const 28)) (i32.sub (local.get $sp) (i32.const 32)))
    (i64.add (i64.load offset=32 (local.get $fp)) (i64.load offset=36 (local.get $fp))))

  ;; The lowest address comes last; then one far above it.
  (func (export "down") (param $sp i32) (result i64)
    (call $swap (i32.sub (local.get $sp) (i32.const 8)) (i32.sub (local.get $sp) (i32.const 16)))
    (call $swap (i32.sub (local.get $sp) (i32.const 24)) (i32.sub (local.get $sp) (i32.const 8)))
    (call $swap (i32.sub (local.get $sp) (i32.const 32)) (i32.sub (local.get $sp) (i32.const 24)))
    (i64.load (i32.sub (local.get $sp) (i32.const 32))))

  (func (export "apart") (param $sp i32) (param $x i64) (result i64)
    (i64.store (i32.sub (local.get $sp) (i32.const 65536)) (local.get $x))
    (call $swap (i32.sub (local.get $sp) (i32.const 8)) (i32.sub (local.get $sp) (i32.const 65536)))
    (i64.load (i32.sub (local.get $sp) (i32.const 8))))

  (func (export "poke") (param $p i32) (param $x i64) (i64.store (local.get $p) (local.get $x)))
  (func (export "peek") (param $p i32) (result i64) (i64.load (local.get $p))))

(assert_return (invoke "halves" (i32.const 0) (i32.const 1) (i32.const -2)) (i64.const 0xfffffffe00000001))
(assert_return (invoke "halves" (i32.const 65512) (i32.const 1) (i32.const 2)) (i64.const 0x200000001))
(assert_return (invoke "halves" (i32.const -16) (i32.const 5) (i32.const 6)) (i64.const 0x600000005))
(assert_trap (invoke "halves" (i32.const 65516) (i32.const 1) (i32.const 2)) "out of bounds memory access")
(assert_trap (invoke "halves" (i32.const -20) (i32.const 1) (i32.const 2)) "out of bounds memory access")
(assert_trap (invoke "halves" (i32.const 65520) (i32.const 1) (i32.const 2)) "out of bounds memory access")
(assert_return (invoke "floats" (i32.const 8) (f32.const 0) (f32.const 2)) (f64.const 2))
(assert_return (invoke "floats" (i32.const 8) (f32.const -0x1p-126) (f32.const 1.875)) (f64.const 0x1.00000808p0))
(assert_return (invoke "overlapping" (i32.const 40)) (i32.const 0x44333211))
(assert_return (invoke "sign" (i32.const 40)) (i64.const -32767))
(invoke "poke" (i32.const 100) (i64.const 0x9999999999999999))
(assert_return (invoke "gap" (i32.const 100)) (i32.const 0x99221111))
(assert_return (invoke "in_between" (i32.const 100) (i32.const 200)) (i64.const 0x200000001))
(assert_return (invoke "in_between" (i32.const 100) (i32.const 100)) (i64.const 0x200000003))
(assert_return (invoke "in_between" (i32.const 100) (i32.const 106)) (i64.const 0x0003000200000001))
(assert_return (invoke "in_between" (i32.const 100) (i32.const 97)) (i64.const 0x0000000200000000))
(assert_return (invoke "call_in_between" (i32.const 100)) (i64.const 0x5555555555555555))
(assert_return (invoke "constant_in_between" (i32.const 100)) (i64.const 0x200000001))
(assert_return (invoke "constant_in_between" (i32.const 512)) (i64.const 0x200000007))
(assert_return (invoke "constant_in_between" (i32.const 510)) (i64.const 0x0000000000070001))

(assert_return (invoke "frame" (i32.const 64) (i64.const 0x200000001)) (i64.const 0x300000003))
(assert_return (invoke "frame" (i32.const 65536) (i64.const 0x200000001)) (i64.const 0x300000003))
(assert_trap (invoke "frame" (i32.const 63) (i64.const 1)) "out of bounds memory access")
(assert_trap (invoke "frame" (i32.const 16) (i64.const 1)) "out of bounds memory access")
(assert_trap (invoke "frame" (i32.const 0) (i64.const 1)) "out of bounds memory access")
(assert_return (invoke "frame" (i32.const 65544) (i64.const 0x200000001)) (i64.const 0x300000003))
(assert_trap (invoke "frame" (i32.const 65545) (i64.const 1)) "out of bounds memory access")
(assert_trap (invoke "frame" (i32.const 65552) (i64.const 1)) "out of bounds memory access")
(assert_trap (invoke "frame" (i32.const -1) (i64.const 1)) "out of bounds memory access")
(invoke "poke" (i32.const 1008) (i64.const 0x200000001))
(assert_return (invoke "down" (i32.const 1024)) (i64.const 0x100000002))
(assert_return (invoke "peek" (i32.const 1016)) (i64.const 0x100000002))
(assert_return (invoke "peek" (i32.const 1000)) (i64.const 0x200000001))
(assert_return (invoke "peek" (i32.const 992)) (i64.const 0x100000002))
(assert_trap (invoke "down" (i32.const 31)) "out of bounds memory access")
(assert_trap (invoke "down" (i32.const 8)) "out of bounds memory access")
(assert_return (invoke "apart" (i32.const 65536) (i64.const 0x300000004)) (i64.const 0x400000003))
(assert_trap (invoke "apart" (i32.const 65535) (i64.const 1)) "out of bounds memory access")
(assert_trap (invoke "apart" (i32.const 65544) (i64.const 1)) "out of bounds memory access")
(assert_trap (invoke "apart" (i32.const 8) (i64.const 1)) "out of bounds memory access")
