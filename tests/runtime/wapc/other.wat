;; Not a waPC guest: its __guest_call has another type.
(module (memory (export "memory") 1)
  (func (export "__guest_call") (param i32 i64) (result i32) (i32.const 1)))
