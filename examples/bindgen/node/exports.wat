;; What the addon has to carry over: numbers of all types, memory that grows, calls back.
(module
  (import "env" "back" (func $back (param i32 i64 f32 f64) (result f64)))
  (memory (export "memory") 1)
  (func (export "there") (param i32 i64 f32 f64) (result f64)
    (call $back (local.get 0) (local.get 1) (local.get 2) (local.get 3)))
  (func (export "i64") (param i64) (result i64) (i64.mul (local.get 0) (i64.const 3)))
  (func (export "f32") (param f32) (result f32) (local.get 0))
  (func (export "i32") (param i32) (result i32) (local.get 0))
  (func (export "grow") (result i32) (memory.grow (i32.const 1)))
  (func (export "trap") unreachable)
  (func (export "store") (i32.store8 (i32.const 65536) (i32.const 7))))
