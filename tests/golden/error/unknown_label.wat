;;! validate
(module (func (br 5)))
;;= wasm2so: unknown_label.wat:2:16: invalid: unknown label 5: labels in scope: 1 (function 0)
;;= (module (func (br 5)))
;;=                ^
;;= exit code 1
