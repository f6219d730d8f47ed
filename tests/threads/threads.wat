;; SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
;;
;; A program with threads (wasi-threads), an export a test: test.sh calls them by --invoke. A job is
;; a function of the table; run starts n threads on it and waits until all are done.
(module
  (import "wasi" "thread-spawn" (func $spawn (param i32) (result i32)))
  (import "wasi_snapshot_preview1" "proc_exit" (func $proc_exit (param i32)))
  (import "wasi_snapshot_preview1" "fd_read" (func $fd_read (param i32 i32 i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "fd_write" (func $fd_write (param i32 i32 i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "clock_time_get"
    (func $clock (param i32 i64 i32) (result i32)))
  (import "env" "memory" (memory 1 16 shared))
  (export "memory" (memory 0))

  ;; 0: threads done   4: lock   16, 24, 32: results   40: turn   48: never written
  ;; 64: ring: head, tail, then 16 slots of 4 bytes   1024: iovec   2048: buffer
  (type $job (func (param i32)))
  (table funcref (elem $count $locked $pong $produce $consume $grow $number
                       $trap $exit $forever $sleep $respawn $write))

  (func (export "wasi_thread_start") (param $id i32) (param $job i32)
    (call_indirect (type $job) (local.get $id) (local.get $job))
    (drop (i32.atomic.rmw.add (i32.const 0) (i32.const 1)))
    (drop (memory.atomic.notify (i32.const 0) (i32.const -1))))

  (func $start (param $job i32) (param $n i32)
    (loop $next
      (if (i32.le_s (call $spawn (local.get $job)) (i32.const 0)) (then unreachable))
      (local.set $n (i32.sub (local.get $n) (i32.const 1)))
      (br_if $next (local.get $n))))
  (func $await (param $n i32)
    (local $done i32)
    (loop $again
      (local.set $done (i32.atomic.load (i32.const 0)))
      (if (i32.ne (local.get $done) (local.get $n))
        (then
          (drop (memory.atomic.wait32 (i32.const 0) (local.get $done) (i64.const -1)))
          (br $again)))))
  (func $run (param $job i32) (param $n i32)
    (call $start (local.get $job) (local.get $n))
    (call $await (local.get $n)))

  ;; ---- atomic increments of all widths ----
  (func $count (type $job)
    (local $i i32)
    (loop $next
      (drop (i32.atomic.rmw.add (i32.const 16) (i32.const 1)))
      (drop (i64.atomic.rmw.add (i32.const 24) (i64.const 0x100000001)))
      (drop (i32.atomic.rmw8.add_u (i32.const 33) (i32.const 1)))
      (drop (i32.atomic.rmw16.sub_u (i32.const 34) (i32.const 1)))
      (local.set $i (i32.add (local.get $i) (i32.const 1)))
      (br_if $next (i32.lt_u (local.get $i) (i32.const 50000)))))
  (func (export "count") (result i32 i64 i32 i32)
    (call $run (i32.const 0) (i32.const 8))
    (i32.atomic.load (i32.const 16)) (i64.atomic.load (i32.const 24))
    (i32.atomic.load16_u (i32.const 32)) (i32.atomic.load16_u (i32.const 34)))

  ;; ---- a lock: 0 free, 1 taken, 2 taken and somebody waits ----
  (func $lock
    (if (i32.atomic.rmw.cmpxchg (i32.const 4) (i32.const 0) (i32.const 1))
      (then
        (loop $again
          (if (i32.atomic.rmw.xchg (i32.const 4) (i32.const 2))
            (then
              (drop (memory.atomic.wait32 (i32.const 4) (i32.const 2) (i64.const -1)))
              (br $again)))))))
  (func $unlock
    (if (i32.eq (i32.atomic.rmw.xchg (i32.const 4) (i32.const 0)) (i32.const 2))
      (then (drop (memory.atomic.notify (i32.const 4) (i32.const 1))))))
  (func $locked (type $job)
    (local $i i32)
    (loop $next
      (call $lock)
      (i32.store (i32.const 16) (i32.add (i32.load (i32.const 16)) (i32.const 1)))
      (call $unlock)
      (local.set $i (i32.add (local.get $i) (i32.const 1)))
      (br_if $next (i32.lt_u (local.get $i) (i32.const 20000)))))
  (func (export "lock") (result i32)
    (call $run (i32.const 1) (i32.const 8))
    (i32.load (i32.const 16)))

  ;; ---- two threads by turns ----
  (func $turns (param $mine i32)
    (local $turn i32)
    (loop $again
      (local.set $turn (i32.atomic.load (i32.const 40)))
      (if (i32.ge_u (local.get $turn) (i32.const 10000)) (then return))
      (if (i32.ne (i32.and (local.get $turn) (i32.const 1)) (local.get $mine))
        (then (drop (memory.atomic.wait32 (i32.const 40) (local.get $turn) (i64.const -1))))
        (else
          (i32.atomic.store (i32.const 40) (i32.add (local.get $turn) (i32.const 1)))
          (drop (memory.atomic.notify (i32.const 40) (i32.const 1)))))
      (br $again)))
  (func $pong (type $job) (call $turns (i32.const 1)))
  (func (export "pingpong") (result i32)
    (call $start (i32.const 2) (i32.const 1))
    (call $turns (i32.const 0))
    (call $await (i32.const 1))
    (i32.atomic.load (i32.const 40)))

  ;; ---- producers and consumers over a ring of 16 under the lock ----
  (func $slot (param $n i32) (result i32)
    (i32.add (i32.const 72)
      (i32.shl (i32.and (local.get $n) (i32.const 15)) (i32.const 2))))
  (func $used (result i32) (i32.sub (i32.load (i32.const 68)) (i32.load (i32.const 64))))
  ;; With the lock: gives it up until head or tail moves, as long as used = n.
  (func $while_used (param $n i32) (param $at i32)
    (local $seen i32)
    (loop $again
      (if (i32.eq (call $used) (local.get $n))
        (then
          (local.set $seen (i32.load (local.get $at)))
          (call $unlock)
          (drop (memory.atomic.wait32 (local.get $at) (local.get $seen) (i64.const -1)))
          (call $lock)
          (br $again)))))
  (func $advance (param $at i32)
    (i32.atomic.store (local.get $at) (i32.add (i32.load (local.get $at)) (i32.const 1)))
    (call $unlock)
    (drop (memory.atomic.notify (local.get $at) (i32.const -1))))
  (func $produce (type $job)
    (local $i i32)
    (loop $next
      (local.set $i (i32.add (local.get $i) (i32.const 1)))
      (call $lock)
      (call $while_used (i32.const 16) (i32.const 64))
      (i32.store (call $slot (i32.load (i32.const 68))) (local.get $i))
      (call $advance (i32.const 68))
      (br_if $next (i32.lt_u (local.get $i) (i32.const 2000)))))
  (func $consume (type $job)
    (local $i i32) (local $sum i64)
    (loop $next
      (local.set $i (i32.add (local.get $i) (i32.const 1)))
      (call $lock)
      (call $while_used (i32.const 0) (i32.const 68))
      (local.set $sum (i64.add (local.get $sum)
        (i64.load32_u (call $slot (i32.load (i32.const 64))))))
      (call $advance (i32.const 64))
      (br_if $next (i32.lt_u (local.get $i) (i32.const 2000))))
    (drop (i64.atomic.rmw.add (i32.const 16) (local.get $sum))))
  (func (export "queue") (result i64)
    (call $start (i32.const 3) (i32.const 4))
    (call $start (i32.const 4) (i32.const 4))
    (call $await (i32.const 8))
    (i64.atomic.load (i32.const 16)))

  ;; ---- growing: each size is given out once ----
  (func $grow (type $job)
    (local $old i32)
    (loop $next
      (local.set $old (memory.grow (i32.const 1)))
      (if (i32.ne (local.get $old) (i32.const -1))
        (then
          (drop (i32.atomic.rmw.or (i32.const 16) (i32.shl (i32.const 1) (local.get $old))))
          (drop (i32.atomic.rmw.add (i32.shl (local.get $old) (i32.const 16)) (i32.const 1)))
          (drop (i32.atomic.rmw.add (i32.const 24) (i32.const 1)))
          (br $next)))))
  (func (export "grow") (result i32 i32 i32)
    (call $run (i32.const 5) (i32.const 8))
    (i32.atomic.load (i32.const 16)) (i32.atomic.load (i32.const 24)) (memory.size))

  ;; ---- numbers of threads: from 1, no two the same at once ----
  (func $number (type $job)
    (drop (i32.atomic.rmw.or (i32.const 16) (i32.shl (i32.const 1) (local.get 0))))
    (drop (i32.atomic.rmw.add (i32.const 24) (local.get 0))))
  (func (export "numbers") (result i32 i32)
    (call $run (i32.const 6) (i32.const 8))
    (i32.atomic.load (i32.const 16)) (i32.atomic.load (i32.const 24)))

  ;; ---- threads that start threads; many one after the other ----
  (func $respawn (type $job)
    (if (i32.lt_u (i32.atomic.rmw.add (i32.const 16) (i32.const 1)) (i32.const 99))
      (then (call $start (i32.const 11) (i32.const 1)))))
  (func (export "chain") (result i32)
    (call $start (i32.const 11) (i32.const 1))
    (call $await (i32.const 100))
    (i32.atomic.load (i32.const 16)))

  ;; ---- writing to a common descriptor ----
  (data $text "line\0a")
  (func $write (type $job)
    (local $i i32) (local $at i32)
    (local.set $at (i32.mul (local.get 0) (i32.const 64)))
    (local.set $at (i32.add (local.get $at) (i32.const 4096)))
    (memory.init $text (local.get $at) (i32.const 0) (i32.const 5))
    (i32.store offset=8 (local.get $at) (local.get $at))
    (i32.store offset=12 (local.get $at) (i32.const 5))
    (loop $next
      (if (call $fd_write (i32.const 1) (i32.add (local.get $at) (i32.const 8)) (i32.const 1)
            (i32.add (local.get $at) (i32.const 16)))
        (then unreachable))
      (local.set $i (i32.add (local.get $i) (i32.const 1)))
      (br_if $next (i32.lt_u (local.get $i) (i32.const 100)))))
  (func (export "write") (call $run (i32.const 12) (i32.const 8)))

  ;; ---- time-outs: 2, and at least 50 ms later ----
  (func $now (result i64)
    (if (call $clock (i32.const 1) (i64.const 0) (i32.const 24)) (then unreachable))
    (i64.load (i32.const 24)))
  (func (export "timeout") (result i32 i32)
    (local $begin i64)
    (local.set $begin (call $now))
    (memory.atomic.wait64 (i32.const 48) (i64.const 0) (i64.const 50000000))
    (i64.ge_u (i64.sub (call $now) (local.get $begin)) (i64.const 50000000)))

  ;; ---- the end of the program ----
  (func $trap (type $job) unreachable)
  (func $exit (type $job) (call $proc_exit (i32.const 7)))
  (func $forever (type $job) (loop $on (br_if $on (i32.eqz (i32.atomic.load (i32.const 48))))))
  (func $sleep (type $job)
    (drop (memory.atomic.wait32 (i32.const 48) (i32.const 0) (i64.const -1))))
  (func $read
    (i64.store (i32.const 1024) (i64.const 0x100000800))
    (drop (call $fd_read (i32.const 0) (i32.const 1024) (i32.const 1) (i32.const 1032))))

  (func (export "trap_while_waiting") (call $run (i32.const 7) (i32.const 1)))
  (func (export "trap_while_computing")
    (call $start (i32.const 7) (i32.const 1)) (call $forever (i32.const 0)))
  (func (export "exit_while_waiting")
    (call $start (i32.const 10) (i32.const 3)) (call $run (i32.const 8) (i32.const 1)))
  (func (export "exit_while_computing")
    (call $start (i32.const 9) (i32.const 2)) (call $start (i32.const 8) (i32.const 1))
    (call $forever (i32.const 0)))
  (func (export "exit_while_reading") (call $start (i32.const 8) (i32.const 1)) (call $read))
  (func (export "main_returns") (result i32)
    (call $start (i32.const 9) (i32.const 2)) (call $start (i32.const 10) (i32.const 2))
    (i32.const 5))
  (func (export "main_exits")
    (call $start (i32.const 9) (i32.const 2)) (call $proc_exit (i32.const 9)))
  (func (export "main_traps") (call $start (i32.const 9) (i32.const 2)) unreachable))
