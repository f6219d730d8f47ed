;;! validate
;; bytes of a binary module: the offset counts from its start
(module binary
  "\00asm\02\00\00\00")
;;= wasm2so: binary_version.wat:0x4: malformed: unknown binary version 2
;;= exit code 1
