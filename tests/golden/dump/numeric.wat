;;! inspect -d
;; Constants and arithmetic of the four number types.
(module
  (func $i32 (param $a i32) (param $b i32) (result i32)
    (i32.rotl (i32.mul (i32.add (local.get $a) (local.get $b)) (i32.const -7)) (i32.const 0x80000000)))
  (func $i64 (param i64) (result i64)
    (i64.shr_u (i64.sub (local.get 0) (i64.const -1)) (i64.const 0x7fffffffffffffff)))
  (func $f32 (param f32) (result f32)
    (f32.copysign (f32.sqrt (local.get 0)) (f32.const -0x1.8p-3)))
  (func $f64 (param f64) (result f64)
    (f64.min (f64.nearest (local.get 0)) (f64.const nan:0x8000000000001)))
  (func $convert (param f64) (result i32)
    (i32.wrap_i64 (i64.trunc_sat_f64_s (local.get 0)))))
;;=
;;= numeric.wat:	file format wasm 0x1
;;=
;;= Code Disassembly:
;;=
;;= 000031 func[0] <i32>:
;;=  000032: 20 00                      | local.get 0 <a>
;;=  000034: 20 01                      | local.get 1 <b>
;;=  000036: 6a                         | i32.add
;;=  000037: 41 79                      | i32.const 4294967289
;;=  000039: 6c                         | i32.mul
;;=  00003a: 41 80 80 80 80 78          | i32.const 2147483648
;;=  000040: 77                         | i32.rotl
;;=  000041: 0b                         | end
;;= 000043 func[1] <i64>:
;;=  000044: 20 00                      | local.get 0
;;=  000046: 42 7f                      | i64.const 18446744073709551615
;;=  000048: 7d                         | i64.sub
;;=  000049: 42 ff ff ff ff ff ff ff ff | i64.const 9223372036854775807
;;=  000052: ff 00                      |
;;=  000054: 88                         | i64.shr_u
;;=  000055: 0b                         | end
;;= 000057 func[2] <f32>:
;;=  000058: 20 00                      | local.get 0
;;=  00005a: 91                         | f32.sqrt
;;=  00005b: 43 00 00 40 be             | f32.const -0x1.8p-3
;;=  000060: 98                         | f32.copysign
;;=  000061: 0b                         | end
;;= 000063 func[3] <f64>:
;;=  000064: 20 00                      | local.get 0
;;=  000066: 9e                         | f64.nearest
;;=  000067: 44 01 00 00 00 00 00 f8 7f | f64.const nan:0x8000000000001
;;=  000070: a4                         | f64.min
;;=  000071: 0b                         | end
;;= 000073 func[4] <convert>:
;;=  000074: 20 00                      | local.get 0
;;=  000076: fc 06                      | i64.trunc_sat_f64_s
;;=  000078: a7                         | i32.wrap_i64
;;=  000079: 0b                         | end
