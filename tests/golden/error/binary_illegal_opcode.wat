;;! validate
;; bytes of a binary module: the offset counts from its start
(module binary
  "\00asm\01\00\00\00"
  "\01\04\01\60\00\00"
  "\03\02\01\00"
  "\0a\05\01\03\00\ff\0b")
;;= wasm2so: binary_illegal_opcode.wat:0x17: malformed: illegal opcode ff (function 0)
;;= exit code 1
