;;! validate
;; bytes of a binary module: the offset counts from its start
(module binary
  "\00asm\01\00\00\00"
  "\01\04\01\60\01\11")
;;= wasm2so: binary_bad_type.wat:0xd: malformed: malformed value type 0x11
;;= exit code 1
