;; SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
;;
;; A loop that searches a shared memory (codegen/passes/search.c).
(module
  (memory 1 1 shared)
  (func (export "fill") (param $at i32) (param $byte i32) (param $n i32)
    (memory.fill (local.get $at) (local.get $byte) (local.get $n)))
  (func (export "strlen") (param $a i32) (result i32)
    (block (loop
      (br_if 1 (i32.eqz (i32.load8_u (local.get 0))))
      (local.set 0 (i32.add (local.get 0) (i32.const 1)))
      (br 0)))
    (local.get 0)))
(assert_return (invoke "fill" (i32.const 0) (i32.const 97) (i32.const 65536)))
(assert_trap (invoke "strlen" (i32.const 5)) "out of bounds memory access")
(assert_return (invoke "fill" (i32.const 65535) (i32.const 0) (i32.const 1)))
(assert_return (invoke "strlen" (i32.const 5)) (i32.const 65535))
(assert_return (invoke "fill" (i32.const 1000) (i32.const 0) (i32.const 1)))
(assert_return (invoke "strlen" (i32.const 5)) (i32.const 1000))

