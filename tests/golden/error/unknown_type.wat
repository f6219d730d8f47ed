;;! validate
(module (func (type 3)))
;;= wasm2so: unknown_type.wat:2:15: invalid: unknown type 3
;;= (module (func (type 3)))
;;=               ^
;;= exit code 1
