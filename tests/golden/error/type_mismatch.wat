;;! validate
(module
  (func $f (result i32)
    f32.const 1
    i32.const 2
    i32.add))
;;= wasm2so: type_mismatch.wat:6:5: invalid: type mismatch: i32.add wants i32, found f32 (function 0)
;;=     i32.add))
;;=     ^
;;= exit code 1
