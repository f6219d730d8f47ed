;;! validate
;; bytes of a binary module: the offset counts from its start
(module binary
  "\00asm\01\00\00\00"
  "\01\05\ff\ff\ff\ff\0f")
;;= wasm2so: binary_huge_count.wat:0xa: malformed: unexpected end of section or function: 4294967295 announced, 0 bytes left
;;= exit code 1
