;;! validate
(module (func $f (param i32)) (start $f))
;;= wasm2so: start_type.wat:2:38: invalid: start function 0 takes parameters or has results
;;= (module (func $f (param i32)) (start $f))
;;=                                      ^
;;= exit code 1
