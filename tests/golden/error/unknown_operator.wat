;;! validate
(module (func i32.frobnicate))
;;= wasm2so: unknown_operator.wat:2:15: malformed: unknown operator i32.frobnicate
;;= (module (func i32.frobnicate))
;;=               ^
;;= exit code 1
