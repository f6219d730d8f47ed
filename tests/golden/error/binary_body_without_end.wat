;;! validate
;; bytes of a binary module: the offset counts from its start
(module binary
  "\00asm\01\00\00\00"
  "\01\04\01\60\00\00"
  "\03\02\01\00"
  "\0a\05\01\03\00\01\01")
;;= wasm2so: binary_body_without_end.wat:0x19: malformed: unexpected end of section or function: 1 bytes wanted, 0 left
;;= exit code 1
