;;! validate
(module (func (call 7)))
;;= wasm2so: unknown_function.wat:2:16: invalid: unknown function 7: call, and there are 1 (function 0)
;;= (module (func (call 7)))
;;=                ^
;;= exit code 1
