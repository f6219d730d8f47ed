;; SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
;;
;; Exceptions of the legacy form: locals in handlers, handlers in loops and in handlers, rethrow from
;; afar, delegate over handlers, and both forms in one function.

(module $thrower
  (tag $e (export "e") (param i32))
  (tag $secret)
  (func (export "throw") (param i32) (throw $e (local.get 0)))
  (func (export "throw-odd") (param i32) (result i32)
    (if (i32.and (local.get 0) (i32.const 1)) (then (throw $e (local.get 0))))
    (local.get 0))
  (func (export "throw-secret") (throw $secret)))
(register "t" $thrower)

(module
  (import "t" "e" (tag $e (param i32)))
  (import "t" "throw" (func $throw (param i32)))
  (import "t" "throw-odd" (func $odd (param i32) (result i32)))
  (import "t" "throw-secret" (func $secret))
  (tag $f (param i64))

  (func (export "locals") (param i32 i32) (result i32 i32)
    (local $at i32)
    (try (result i32)
      (do
        (local.set $at (i32.const 1))
        (drop (call $odd (local.get 0)))
        (local.set $at (i32.const 2))
        (drop (call $odd (local.get 1)))
        (i32.const -1))
      (catch $f (local.set $at (i32.const 50)) (i32.wrap_i64))
      (catch $e (local.set $at (i32.add (local.get $at) (i32.const 10)))))
    (local.get $at))

  ;; each handler ends on its own way
  (func (export "ways") (param i32) (result i32)
    (local $sum i32)
    (loop $next
      (block $out
        (try
          (do
            (drop (call $odd (local.get 0)))
            (br_if $out (i32.eqz (local.get 0))))
          (catch $e
            (local.set $sum (i32.add (local.get $sum)))
            (if (i32.lt_u (local.get 0) (i32.const 4)) (then (return (local.get $sum))))))
        (local.set 0 (i32.sub (local.get 0) (i32.const 1)))
        (br $next)))
    (i32.add (local.get $sum) (i32.const 1000)))

  ;; rethrow of an outer handler's exception inside an inner handler
  (func (export "rethrow") (param i32 i32) (result i32)
    (try $all (result i32)
      (do
        (try $a (result i32)
          (do (call $throw (local.get 0)) (i32.const 1))
          (catch $e
            (drop)
            (try $b (result i32)
              (do (call $throw (local.get 1)) (i32.const 2))
              (catch $e
                (drop)
                (if (i32.eqz (local.get 1)) (then (rethrow $b)))
                (rethrow $a))))))
      (catch $e (i32.add (i32.const 100)))))

  ;; a handler that was left does not catch what its code throws
  (func (export "in-handler") (result i32)
    (try (result i32)
      (do
        (try (result i32)
          (do (call $throw (i32.const 1)) (i32.const 0))
          (catch $e (drop) (call $throw (i32.const 2)) (i32.const 0))
          (catch_all (i32.const 77))))
      (catch $e (i32.add (i32.const 10)))))

  (func (export "cleanup") (param i32) (result i32)
    (local $cleaned i32)
    (try (result i32)
      (do
        (try (result i32)
          (do (try (result i32)
                (do (call $odd (local.get 0)))
                (catch_all
                  (local.set $cleaned (i32.add (local.get $cleaned) (i32.const 100)))
                  (rethrow 0))))
          (catch_all
            (local.set $cleaned (i32.add (local.get $cleaned) (i32.const 1000)))
            (rethrow 0))))
      (catch $e (i32.add (local.get $cleaned)))))

  ;; delegate goes over the handlers in between, and out of the function
  (func (export "delegate") (param i32) (result i32)
    (try $outer (result i32)
      (do
        (try $middle (result i32)
          (do
            (try (result i32) (do (call $odd (local.get 0))) (delegate $outer)))
          (catch_all (i32.const -1))))
      (catch $e (i32.add (i32.const 500)))))
  (func $leave (param i32)
    (try
      (do (try (do (call $throw (local.get 0))) (delegate 1)))
      (catch_all)))
  (func (export "delegate-out") (param i32) (result i32)
    (try (result i32)
      (do (call $leave (local.get 0)) (i32.const 0))
      (catch $e)))
  ;; to a try whose handlers run: those outside it
  (func (export "delegate-handler") (result i32)
    (try (result i32)
      (do
        (try $t (result i32)
          (do (call $throw (i32.const 1)) (i32.const 0))
          (catch $e
            (drop)
            (try (result i32) (do (call $throw (i32.const 2)) (i32.const 0)) (delegate $t)))
          (catch_all (i32.const -1))))
      (catch $e (i32.add (i32.const 20)))))

  (func (export "bare") (param i32) (result i32)
    (try (result i32) (do (try (result i32) (do (call $odd (local.get 0))))) (catch $e)))
  (func (export "quiet") (param i32) (result i32)
    (try (result i32)
      (do (local.get 0))
      (catch $e (local.set 0 (i32.const 3)))
      (catch_all (local.get 0)))
    (i32.add (local.get 0)))
  (func (export "past") (try (do (call $secret)) (catch $e (drop))))
  (func (export "trap") (try (do (unreachable)) (catch_all)))

  ;; a handler is left with its exception not rethrown, many times
  (func (export "left") (param $n i32) (result i32)
    (local $k i32)
    (loop $next
      (block $out
        (try
          (do (call $throw (local.get $n)))
          (catch $e
            (drop)
            (local.set $k (i32.add (local.get $k) (i32.const 1)))
            (br_if $out (local.get $n))
            (rethrow 0))))
      (br_if $next (local.tee $n (i32.sub (local.get $n) (i32.const 1)))))
    (local.get $k))

  ;; both forms
  (func (export "mixed") (param i32) (result i32)
    (block $h (result i32)
      (try_table (result i32) (catch $e $h)
        (try (result i32)
          (do (call $odd (local.get 0)))
          (catch $f (drop) (i32.const -1)))))
    (i32.add (i32.const 10))))

(assert_return (invoke "locals" (i32.const 3) (i32.const 2)) (i32.const 3) (i32.const 11))
(assert_return (invoke "locals" (i32.const 2) (i32.const 5)) (i32.const 5) (i32.const 12))
(assert_return (invoke "locals" (i32.const 2) (i32.const 4)) (i32.const -1) (i32.const 2))
(assert_return (invoke "ways" (i32.const 9)) (i32.const 24))
(assert_return (invoke "ways" (i32.const 0)) (i32.const 1000))
(assert_return (invoke "rethrow" (i32.const 1) (i32.const 2)) (i32.const 101))
(assert_return (invoke "rethrow" (i32.const 1) (i32.const 0)) (i32.const 100))
(assert_return (invoke "in-handler") (i32.const 12))
(assert_return (invoke "cleanup" (i32.const 3)) (i32.const 1103))
(assert_return (invoke "cleanup" (i32.const 4)) (i32.const 4))
(assert_return (invoke "delegate" (i32.const 3)) (i32.const 503))
(assert_return (invoke "delegate" (i32.const 4)) (i32.const 4))
(assert_return (invoke "delegate-out" (i32.const 6)) (i32.const 6))
(assert_return (invoke "delegate-handler") (i32.const 22))
(assert_return (invoke "bare" (i32.const 3)) (i32.const 3))
(assert_return (invoke "quiet" (i32.const 3)) (i32.const 6))
(assert_exception (invoke "past"))
(assert_trap (invoke "trap") "unreachable")
(assert_return (invoke "left" (i32.const 20000)) (i32.const 20000))
(assert_return (invoke "mixed" (i32.const 5)) (i32.const 15))
(assert_return (invoke "mixed" (i32.const 6)) (i32.const 16))
