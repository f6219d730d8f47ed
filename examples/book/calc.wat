;; Several exports of one module.
(module
  (func $add (param $a i32) (param $b i32) (result i32)
    (i32.add (local.get $a) (local.get $b)))
  (func $subtract (param $a i32) (param $b i32) (result i32)
    (i32.sub (local.get $a) (local.get $b)))
  (func $multiply (param $a i32) (param $b i32) (result i32)
    (i32.mul (local.get $a) (local.get $b)))
  (export "add" (func $add))
  (export "subtract" (func $subtract))
  (export "multiply" (func $multiply)))
