;;! validate
(module (func (drop (local.get $nobody))))
;;= wasm2so: unknown_local_name.wat:2:32: malformed: unknown local $nobody
;;= (module (func (drop (local.get $nobody))))
;;=                                ^
;;= exit code 1
