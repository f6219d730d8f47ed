;; SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
;;
;; A module without imports, for default instances; and objects, which take the long way.
(module
  (type $pair (struct (field i32) (field i32)))
  (global $calls (mut i32) (i32.const 0))
  (func (export "count") (result i32)
    (global.set $calls (i32.add (global.get $calls) (i32.const 1)))
    (global.get $calls))
  (func (export "sum") (param i32 i32) (result i32)
    (local $p (ref null $pair))
    (local.set $p (struct.new $pair (local.get 0) (local.get 1)))
    (i32.add (struct.get $pair 0 (local.get $p)) (struct.get $pair 1 (local.get $p))))
  (func (export "divide") (param i32 i32) (result i32 i32 i32)
    (i32.div_s (local.get 0) (local.get 1)) (i32.rem_s (local.get 0) (local.get 1)) (i32.const 7)))
