;; SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
;;
;; Threads of a script: each has a store of its own and shares a memory with the others.

;; A wake-up reaches the waiter, and only who waits at that address.
(module $mem (memory (export "shared") 1 4 shared))
(thread $waiter (shared (module $mem))
  (register "mem" $mem)
  (module
    (memory (import "mem" "shared") 1 4 shared)
    (func (export "run") (result i32)
      (i32.atomic.store (i32.const 8) (i32.const 1))
      (memory.atomic.wait32 (i32.const 0) (i32.const 0) (i64.const -1))))
  (assert_return (invoke "run") (i32.const 0)))
(thread $waiter64 (shared (module $mem))
  (register "mem" $mem)
  (module
    (memory (import "mem" "shared") 1 4 shared)
    (func (export "run") (result i32)
      (memory.atomic.wait64 (i32.const 16) (i64.const 0) (i64.const -1))))
  (assert_return (invoke "run") (i32.const 0)))
(thread $notifier (shared (module $mem))
  (register "mem" $mem)
  (module
    (memory (import "mem" "shared") 1 4 shared)
    (func (export "run") (param i32) (result i32)
      (local $woken i32)
      (loop $again
        (local.set $woken (memory.atomic.notify (local.get 0) (i32.const 2)))
        (br_if $again (i32.eqz (local.get $woken))))
      (local.get $woken)))
  (assert_return (invoke "run" (i32.const 0)) (i32.const 1))
  (assert_return (invoke "run" (i32.const 16)) (i32.const 1)))
(wait $waiter)
(wait $waiter64)
(wait $notifier)

;; Message passing: who sees the flag sees the plain store before it.
(module $mp (memory (export "shared") 1 1 shared))
(thread $writer (shared (module $mp))
  (register "mem" $mp)
  (module
    (memory (import "mem" "shared") 1 1 shared)
    (func (export "run")
      (i32.store (i32.const 0) (i32.const 42))
      (i32.atomic.store (i32.const 4) (i32.const 1))))
  (invoke "run"))
(thread $reader (shared (module $mp))
  (register "mem" $mp)
  (module
    (memory (import "mem" "shared") 1 1 shared)
    (func (export "run") (result i32)
      (loop $spin (br_if $spin (i32.eqz (i32.atomic.load (i32.const 4)))))
      (i32.load (i32.const 0))))
  (assert_return (invoke "run") (i32.const 42)))
(wait $writer)
(wait $reader)

;; One thread grows, another sees it, in size and in what can be touched; the first sees the stores.
(module $grown
  (memory (export "shared") 1 4 shared)
  (func (export "size") (result i32) (memory.size))
  (func (export "load") (param i32) (result i32) (i32.load (local.get 0))))
(assert_trap (invoke $grown "load" (i32.const 131072)) "out of bounds memory access")
(thread $grower (shared (module $grown))
  (register "mem" $grown)
  (module
    (memory (import "mem" "shared") 1 4 shared)
    (func (export "grow") (param i32) (result i32) (memory.grow (local.get 0)))
    (func (export "store") (i32.store (i32.const 131072) (i32.const 7))))
  (assert_return (invoke "grow" (i32.const 2)) (i32.const 1))
  (assert_return (invoke "grow" (i32.const 2)) (i32.const -1))
  (invoke "store"))
(wait $grower)
(assert_return (invoke $grown "size") (i32.const 3))
(assert_return (invoke $grown "load" (i32.const 131072)) (i32.const 7))
(assert_trap (invoke $grown "load" (i32.const 196608)) "out of bounds memory access")

;; A memory that is not shared stays where it is.
(module $own (memory (export "mem") 1 1))
(thread $other (shared (module $own))
  (register "mem" $own)
  (assert_unlinkable (module (import "mem" "mem" (memory 1 1))) "unknown import"))
(wait $other)
