;; SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
;;
;; What tests/abi/old.sh compiles with earlier compilers.
(module $old
  (type $i (func (param i32) (result i32)))
  (import "wasi_snapshot_preview1" "fd_write"
    (func $write (param i32 i32 i32 i32) (result i32)))
  (memory (export "memory") 1 4)
  (table 2 funcref)
  (elem (i32.const 1) $sum)
  (data (i32.const 8) "wasm")
  (data (i32.const 16) "hello\n")
  (global $g (mut i32) (i32.const 1))
  (func (export "_start")
    (i32.store (i32.const 0) (i32.const 16))
    (i32.store (i32.const 4) (i32.const 6))
    (drop (call $write (i32.const 1) (i32.const 0) (i32.const 1) (i32.const 32))))
  (func (export "add") (param i32 i32) (result i32) (i32.add (local.get 0) (local.get 1)))
  (func (export "divide") (param i32 i32) (result i32) (i32.div_s (local.get 0) (local.get 1)))
  (func (export "pair") (param i32 i32) (result i32 i32) (local.get 1) (local.get 0))
  (func (export "three") (result i32 i64 i32) (i32.const 1) (i64.const 2) (i32.const 3))
  (func $sum (type $i)
    (if (result i32) (local.get 0)
      (then (i32.add (local.get 0) (call $sum (i32.sub (local.get 0) (i32.const 1)))))
      (else (i32.const 0))))
  (func (export "indirect") (param i32) (result i32)
    (call_indirect (type $i) (local.get 0) (global.get $g)))
  (func (export "load") (param i32) (result i32) (i32.load (local.get 0)))
  (func (export "grow") (param i32) (result i32) (memory.grow (local.get 0))))
