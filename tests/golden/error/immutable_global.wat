;;! validate
(module (global i32 (i32.const 1)) (func (global.set 0 (i32.const 2))))
;;= wasm2so: immutable_global.wat:2:43: invalid: immutable global 0: global.set (function 0)
;;= (module (global i32 (i32.const 1)) (func (global.set 0 (i32.const 2))))
;;=                                           ^
;;= exit code 1
