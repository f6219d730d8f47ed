;;! validate
;; bytes of a binary module: the offset counts from its start
(module binary
  "\00asm\01\00\00\00"
  "\01\04\01\60\00\00"
  "\03\02\01\00")
;;= wasm2so: binary_functions_without_code.wat:0x12: malformed: function and code section have inconsistent lengths: 1 and 0
;;= exit code 1
