;;! validate
;; bytes of a binary module: the offset counts from its start
(module binary
  "\00ASM\01\00\00\00")
;;= wasm2so: binary_magic.wat:0x0: malformed: magic header not detected: this is no WebAssembly binary
;;= exit code 1
