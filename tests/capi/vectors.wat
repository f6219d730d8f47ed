;; Types that wasm.h has no words for.
(module
  (type $unary (func (param i32) (result i32)))
  (memory (export "memory") i64 1 0x1000000000)
  (func (export "vector") (param v128) (result v128) (local.get 0))
  (func (export "typed") (param (ref null $unary)) (result i32)
    (call_ref $unary (i32.const 20) (local.get 0)))
  (func (export "double") (type $unary) (i32.mul (i32.const 2) (local.get 0))))
