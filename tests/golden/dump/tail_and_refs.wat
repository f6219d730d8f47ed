;;! inspect -d
;; Tail calls, typed function references, the garbage-collected types.
(module
  (type $f (func (param i32) (result i32)))
  (type $point (struct (field i32) (field (mut f64))))
  (type $bytes (array (mut i8)))
  (func $even (type $f) (return_call $even (local.get 0)))
  (func (param (ref $f)) (result i32) (return_call_ref $f (i32.const 1) (local.get 0)))
  (func (param (ref null $f)) (result i32)
    (block $null (return (call_ref $f (i32.const 1) (br_on_null $null (local.get 0)))))
    (i32.const 0))
  (func (result f64) (struct.get $point 1 (struct.new $point (i32.const 1) (f64.const 2))))
  (func (param anyref) (result i32) (ref.test (ref $bytes) (local.get 0))))
;;=
;;= tail_and_refs.wat:	file format wasm 0x1
;;=
;;= Code Disassembly:
;;=
;;= 00003a func[0] <even>:
;;=  00003b: 20 00                      | local.get 0
;;=  00003d: 12 00                      | return_call 0 <even>
;;=  00003f: 0b                         | end
;;= 000041 func[1]:
;;=  000042: 41 01                      | i32.const 1
;;=  000044: 20 00                      | local.get 0
;;=  000046: 15 00                      | return_call_ref 0
;;=  000048: 0b                         | end
;;= 00004a func[2]:
;;=  00004b: 02 40                      | block
;;=  00004d: 41 01                      |   i32.const 1
;;=  00004f: 20 00                      |   local.get 0
;;=  000051: d5 00                      |   br_on_null 0
;;=  000053: 14 00                      |   call_ref 0
;;=  000055: 0f                         |   return
;;=  000056: 0b                         | end
;;=  000057: 41 00                      | i32.const 0
;;=  000059: 0b                         | end
;;= 00005b func[3]:
;;=  00005c: 41 01                      | i32.const 1
;;=  00005e: 44 00 00 00 00 00 00 00 40 | f64.const 0x1p+1
;;=  000067: fb 00 01                   | struct.new 1
;;=  00006a: fb 02 01 01                | struct.get 1 1
;;=  00006e: 0b                         | end
;;= 000070 func[4]:
;;=  000071: 20 00                      | local.get 0
;;=  000073: fb 14 02                   | ref.test (ref 2)
;;=  000076: 0b                         | end
