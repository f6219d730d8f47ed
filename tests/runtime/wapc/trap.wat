;; A waPC guest that cannot be started.
(module (memory (export "memory") 1)
  (func (export "__guest_call") (param i32 i32) (result i32) (i32.const 1))
  (func (export "wapc_init") unreachable))
