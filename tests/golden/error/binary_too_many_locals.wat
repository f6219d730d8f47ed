;;! validate
;; bytes of a binary module: the offset counts from its start
(module binary
  "\00asm\01\00\00\00"
  "\01\04\01\60\00\00"
  "\03\02\01\00"
  "\0a\0a\01\08\01\ff\ff\ff\ff\0f\7f\0b")
;;= wasm2so: binary_too_many_locals.wat:0x17: malformed: too many locals: 4294967295, of at most 50000 (function 0)
;;= exit code 1
