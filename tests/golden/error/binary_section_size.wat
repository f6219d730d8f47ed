;;! validate
;; bytes of a binary module: the offset counts from its start
(module binary
  "\00asm\01\00\00\00"
  "\01\05\01\60\00\00\00")
;;= wasm2so: binary_section_size.wat:0xa: malformed: section size mismatch: the type section has 5 bytes, its entries take 4
;;= exit code 1
