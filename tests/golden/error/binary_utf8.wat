;;! validate
;; bytes of a binary module: the offset counts from its start
(module binary
  "\00asm\01\00\00\00"
  "\07\05\01\01\ff\00\00")
;;= wasm2so: binary_utf8.wat:0xc: malformed: malformed UTF-8 encoding
;;= exit code 1
