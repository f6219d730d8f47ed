;;! validate
;; bytes of a binary module: the offset counts from its start
(module binary
  "\00asm\01\00\00\00"
  "\01\05\01\60\00\01\7f"
  "\03\02\01\00"
  "\0a\0c\01\0a\00\43\00\00\80\3f\41\01\6a\0b")
;;= wasm2so: binary_type_mismatch.wat:0x1f: invalid: type mismatch: i32.add wants i32, found f32 (function 0)
;;= exit code 1
