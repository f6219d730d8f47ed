;;! validate
;; bytes of a binary module: the offset counts from its start
(module binary
  "\00asm\01\00\00\00"
  "\01\07\80\80\80\80\80\80\00")
;;= wasm2so: binary_long_leb.wat:0xa: malformed: integer representation too long: more than 5 bytes for 32 bits
;;= exit code 1
