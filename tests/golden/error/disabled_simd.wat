;;! validate --disable simd
(module (func (drop (v128.const i64x2 0 0))))
;;= wasm2so: disabled_simd.wat:2:22: invalid: illegal opcode: v128.const: the simd proposal is disabled (function 0)
;;= (module (func (drop (v128.const i64x2 0 0))))
;;=                      ^
;;= exit code 1
