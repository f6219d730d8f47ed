;;! validate
(module (func i32.const 1))
;;= wasm2so: values_left.wat:2:26: invalid: type mismatch: values left at the end of the function: 1 (function 0)
;;= (module (func i32.const 1))
;;=                          ^
;;= exit code 1
