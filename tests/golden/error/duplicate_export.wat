;;! validate
(module (func (export "a")) (func (export "a")))
;;= wasm2so: duplicate_export.wat:2:35: invalid: duplicate export name "a"
;;= (module (func (export "a")) (func (export "a")))
;;=                                   ^
;;= exit code 1
