;;! validate
(module (func (drop (i32.const 4294967296))))
;;= wasm2so: literal_too_large.wat:2:32: malformed: constant out of range: 4294967296 does not fit i32
;;= (module (func (drop (i32.const 4294967296))))
;;=                                ^
;;= exit code 1
