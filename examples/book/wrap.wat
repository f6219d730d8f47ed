;; A function that calls another of the same module.
(module
  (func $add (param $a i32) (param $b i32) (result i32)
    (i32.add (local.get $a) (local.get $b)))
  (func (export "add1") (result i32)
    i32.const 56
    i32.const 44
    call $add))
