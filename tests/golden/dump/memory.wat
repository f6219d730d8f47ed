;;! inspect -x -d
;; A memory, its segments and accesses with offset and alignment.
(module
  (memory (export "memory") 1 16)
  (data (i32.const 8) "hello\00\ff")
  (data $passive "xyz")
  (func (param i32) (result i64)
    (i32.store8 offset=3 (local.get 0) (i32.const 1))
    (f64.store (local.get 0) (f64.const 1.5))
    (memory.init $passive (i32.const 0) (i32.const 0) (i32.const 3))
    (data.drop $passive)
    (memory.copy (i32.const 0) (i32.const 8) (i32.const 4))
    (memory.fill (i32.const 0) (i32.const 1) (memory.size))
    (drop (memory.grow (i32.const 1)))
    (i64.load32_s offset=65536 align=1 (local.get 0))))
;;=
;;= memory.wat:	file format wasm 0x1
;;=
;;= Section Details:
;;=
;;= Type[1]:
;;=  - type[0] (i32) -> i64
;;= Function[1]:
;;=  - func[0] sig=0
;;= Memory[1]:
;;=  - memory[0] pages: initial=1 max=16
;;= Export[1]:
;;=  - memory[0] -> "memory"
;;= DataCount:
;;=  - data count: 2
;;= Code[1]:
;;=  - func[0] size=67
;;= Data[2]:
;;=  - segment[0] memory=0 size=7 - init i32=8
;;=   - 0000008: 6865 6c6c 6f00 ff                        hello..
;;=  - segment[1] <passive> passive size=3
;;=   - 0000008: 7879 7a                                  xyz
;;= Custom:
;;=  - name: "name"
;;=  - dataseg[1] <passive>
;;=
;;= Code Disassembly:
;;=
;;= 00002d func[0]:
;;=  00002e: 20 00                      | local.get 0
;;=  000030: 41 01                      | i32.const 1
;;=  000032: 3a 00 03                   | i32.store8 0 3
;;=  000035: 20 00                      | local.get 0
;;=  000037: 44 00 00 00 00 00 00 f8 3f | f64.const 0x1.8p+0
;;=  000040: 39 03 00                   | f64.store 3 0
;;=  000043: 41 00                      | i32.const 0
;;=  000045: 41 00                      | i32.const 0
;;=  000047: 41 03                      | i32.const 3
;;=  000049: fc 08 01 00                | memory.init 1 0
;;=  00004d: fc 09 01                   | data.drop 1
;;=  000050: 41 00                      | i32.const 0
;;=  000052: 41 08                      | i32.const 8
;;=  000054: 41 04                      | i32.const 4
;;=  000056: fc 0a 00 00                | memory.copy 0 0
;;=  00005a: 41 00                      | i32.const 0
;;=  00005c: 41 01                      | i32.const 1
;;=  00005e: 3f 00                      | memory.size 0
;;=  000060: fc 0b 00                   | memory.fill 0
;;=  000063: 41 01                      | i32.const 1
;;=  000065: 40 00                      | memory.grow 0
;;=  000067: 1a                         | drop
;;=  000068: 20 00                      | local.get 0
;;=  00006a: 34 00 80 80 04             | i64.load32_s 0 65536
;;=  00006f: 0b                         | end
