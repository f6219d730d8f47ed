;;! validate
;; bytes of a binary module: the offset counts from its start
(module binary
  "\00asm\01\00\00\00"
  "\01\05\01\60")
;;= wasm2so: binary_truncated_section.wat:0x9: malformed: length out of bounds: 5 announced, 2 bytes left
;;= exit code 1
