;;! validate
(module (memory 1) (func (drop (i32.load align=8 (i32.const 0)))))
;;= wasm2so: alignment.wat:2:33: invalid: alignment must not be larger than natural: 2**3 in i32.load (function 0)
;;= (module (memory 1) (func (drop (i32.load align=8 (i32.const 0)))))
;;=                                 ^
;;= exit code 1
