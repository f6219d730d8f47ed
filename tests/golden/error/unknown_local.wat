;;! validate
(module (func (drop (local.get 3))))
;;= wasm2so: unknown_local.wat:2:22: invalid: unknown local 3: local.get, and there are 0 (function 0)
;;= (module (func (drop (local.get 3))))
;;=                      ^
;;= exit code 1
