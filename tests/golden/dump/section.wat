;;! inspect -x -j type
;; One section alone.
(module
  (type (func (param i32) (result i32 i64)))
  (type (func))
  (func (type 1)))
;;=
;;= section.wat:	file format wasm 0x1
;;=
;;= Section Details:
;;=
;;= Type[2]:
;;=  - type[0] (i32) -> (i32, i64)
;;=  - type[1] () -> nil
