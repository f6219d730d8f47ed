;;! validate
(module (func (result i32) i32.const 1 i32.add))
;;= wasm2so: stack_underflow.wat:2:40: invalid: type mismatch: i32.add wants i32, found nothing (function 0)
;;= (module (func (result i32) i32.const 1 i32.add))
;;=                                        ^
;;= exit code 1
