;;! validate --disable tail-call
(module (func $f (return_call $f)))
;;= wasm2so: disabled_tail_call.wat:2:19: invalid: illegal opcode: return_call: the tail-call proposal is disabled (function 0)
;;= (module (func $f (return_call $f)))
;;=                   ^
;;= exit code 1
