;;! validate
(module (func $f (result i32) (i32.const 1)) (global i32 (call $f)))
;;= wasm2so: constant_required.wat:2:59: invalid: constant expression required: call is not constant
;;= (module (func $f (result i32) (i32.const 1)) (global i32 (call $f)))
;;=                                                           ^
;;= exit code 1
