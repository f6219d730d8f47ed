;;! validate
;; bytes of a binary module: the offset counts from its start
(module binary
  "\00asm\01\00\00\00"
  "\7f\00")
;;= wasm2so: binary_unknown_section.wat:0x8: malformed: malformed section id 127
;;= exit code 1
