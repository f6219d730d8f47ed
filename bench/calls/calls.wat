;; SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
;;
;; What bench/calls/calls.c calls: from the host into the module, and from the module to the host.
(module
  (import "env" "add" (func $host (param i32 i32) (result i32)))
  (func (export "add") (param i32 i32) (result i32)
    (i32.add (local.get 0) (local.get 1)))
  (func (export "swap") (param i32 i32) (result i32 i32)
    (local.get 1) (local.get 0))
  (func (export "loop_host") (param $n i32) (result i32)
    (local $sum i32)
    (loop $again
      (local.set $sum (call $host (local.get $sum) (local.get $n)))
      (br_if $again (local.tee $n (i32.sub (local.get $n) (i32.const 1)))))
    (local.get $sum)))
