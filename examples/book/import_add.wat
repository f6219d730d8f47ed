;; The sum is the host's business: it gives example.add.
(module
  (import "example" "add" (func $add (param i32 i32)))
  (func (export "add1")
    (call $add (i32.const 56) (i32.const 44))))
