;;! inspect -d
;; Vector constants, lanes and shuffles.
(module
  (memory 1)
  (func (param v128) (result v128)
    (i8x16.shuffle 0 1 2 3 4 5 6 7 24 25 26 27 28 29 30 31
      (local.get 0)
      (v128.const i32x4 1 2 0xffffffff 4)))
  (func (param v128 f32) (result v128)
    (f32x4.replace_lane 3 (f32x4.add (local.get 0) (local.get 0)) (local.get 1)))
  (func (param i32 v128) (result v128)
    (v128.load16_lane offset=4 2 (local.get 0) (local.get 1))))
;;=
;;= simd.wat:	file format wasm 0x1
;;=
;;= Code Disassembly:
;;=
;;= 00002b func[0]:
;;=  00002c: 20 00                      | local.get 0
;;=  00002e: fd 0c 01 00 00 00 02 00 00 | v128.const 0x00000001 0x00000002 0xffffffff 0x00000004
;;=  000037: 00 ff ff ff ff 04 00 00 00 |
;;=  000040: fd 0d 00 01 02 03 04 05 06 | i8x16.shuffle 0x03020100 0x07060504 0x1b1a1918 0x1f1e1d1c
;;=  000049: 07 18 19 1a 1b 1c 1d 1e 1f |
;;=  000052: 0b                         | end
;;= 000054 func[1]:
;;=  000055: 20 00                      | local.get 0
;;=  000057: 20 00                      | local.get 0
;;=  000059: fd e4 01                   | f32x4.add
;;=  00005c: 20 01                      | local.get 1
;;=  00005e: fd 20 03                   | f32x4.replace_lane 3
;;=  000061: 0b                         | end
;;= 000063 func[2]:
;;=  000064: 20 00                      | local.get 0
;;=  000066: 20 01                      | local.get 1
;;=  000068: fd 55 01 04 02             | v128.load16_lane 1 4 2
;;=  00006d: 0b                         | end
