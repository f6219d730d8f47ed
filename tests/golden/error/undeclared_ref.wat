;;! validate
(module (func $f) (func (drop (ref.func $f))))
;;= wasm2so: undeclared_ref.wat:2:32: invalid: undeclared function reference: ref.func 0 (function 1)
;;= (module (func $f) (func (drop (ref.func $f))))
;;=                                ^
;;= exit code 1
