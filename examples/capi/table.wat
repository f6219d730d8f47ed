;; Functions and a reference of the host in tables; a trap.
(module
  (import "host" "triple" (func $triple (param i32) (result i32)))
  (table $functions (export "functions") 2 10 funcref)
  (table $things (export "things") 1 externref)
  (func $double (param i32) (result i32) (i32.mul (local.get 0) (i32.const 2)))
  (elem (table $functions) (i32.const 0) func $double $triple)
  (func (export "apply") (param i32 i32) (result i32)
    (call_indirect $functions (param i32) (result i32) (local.get 0) (local.get 1)))
  (func (export "thing") (result externref) (table.get $things (i32.const 0))))
