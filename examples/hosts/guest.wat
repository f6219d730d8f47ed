;; SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
;;
;; The guest of all hosts: numbers of every type, several results, strings in both directions, host
;; functions, and whatever can end a call.
(module $guest
  (import "host" "log" (func $log (param $address i32) (param $size i32)))
  (import "host" "price" (func $price (param $item i64) (result f64)))
  (memory (export "memory") 1 16)
  (data (i32.const 0) "Hello, ")
  (global $calls (mut i32) (i32.const 0))

  (func (export "add") (param $a i32) (param $b i32) (result i32)
    (i32.add (local.get $a) (local.get $b)))
  (func (export "next") (param $n i64) (result i64)
    (i64.add (local.get $n) (i64.const 1)))
  (func (export "mean") (param $a f32) (param $b f64) (result f64)
    (f64.div (f64.add (f64.promote_f32 (local.get $a)) (local.get $b)) (f64.const 2)))
  (func (export "divmod") (param $a i32) (param $b i32) (result i32 i32) ;; traps if $b is 0
    (i32.div_s (local.get $a) (local.get $b))
    (i32.rem_s (local.get $a) (local.get $b)))

  ;; Where the host may put a string.
  (func (export "buffer") (result i32) (i32.const 1024))
  ;; Puts "Hello, NAME!" together, logs it, and says where it lies.
  (func (export "greet") (param $name i32) (param $size i32) (result i32 i32)
    (memory.copy (i32.const 7) (local.get $name) (local.get $size))
    (i32.store8 (i32.add (i32.const 7) (local.get $size)) (i32.const 0x21))
    (local.set $size (i32.add (local.get $size) (i32.const 8)))
    (call $log (i32.const 0) (local.get $size))
    (i32.const 0) (local.get $size))

  (func (export "total") (param $item i64) (param $count i32) (result f64)
    (f64.mul (call $price (local.get $item)) (f64.convert_i32_s (local.get $count))))

  (func (export "peek") (param $address i32) (result i32) ;; traps outside of the memory
    (i32.load (local.get $address)))
  (func $depth (export "depth") (param $n i32) (result i32) ;; $n calls deep
    (if (result i32) (i32.eqz (local.get $n))
      (then (i32.const 0))
      (else (i32.add (i32.const 1) (call $depth (i32.sub (local.get $n) (i32.const 1)))))))
  (func (export "fail") unreachable)
  (func (export "spin") (loop (br 0)))

  ;; How many calls this instance has had.
  (func (export "count") (result i32)
    (global.set $calls (i32.add (global.get $calls) (i32.const 1)))
    (global.get $calls)))
