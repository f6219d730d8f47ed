;;! validate
(module (memory 65537))
;;= wasm2so: memory_too_large.wat:2:17: invalid: memory size must be at most 65536 pages (4GiB)
;;= (module (memory 65537))
;;=                 ^
;;= exit code 1
