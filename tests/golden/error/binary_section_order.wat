;;! validate
;; bytes of a binary module: the offset counts from its start
(module binary
  "\00asm\01\00\00\00"
  "\03\01\00"
  "\01\01\00")
;;= wasm2so: binary_section_order.wat:0xb: malformed: unexpected content after last section: type section after the function section
;;= exit code 1
