;;! validate
(module (func (drop (i32.load (i32.const 0)))))
;;= wasm2so: unknown_memory.wat:2:22: invalid: unknown memory 0: i32.load, and there are 0 (function 0)
;;= (module (func (drop (i32.load (i32.const 0)))))
;;=                      ^
;;= exit code 1
