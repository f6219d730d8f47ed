;;! validate
(module (func
;;= wasm2so: unclosed.wat:3:1: malformed: unexpected token: expected ), found the end of the text
;;=
;;= ^
;;= exit code 1
