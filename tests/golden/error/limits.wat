;;! validate
(module (memory 2 1))
;;= wasm2so: limits.wat:2:17: invalid: size minimum must not be greater than maximum: 2 and 1
;;= (module (memory 2 1))
;;=                 ^
;;= exit code 1
