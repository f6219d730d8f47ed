;;! inspect -x -d
;; Tables of functions and host references, element segments, indirect calls.
(module
  (type $binary (func (param i32 i32) (result i32)))
  (table $t 3 10 funcref)
  (table $x 1 externref)
  (elem (i32.const 0) $add $add)
  (elem $declared declare func $add)
  (func $add (type $binary) (i32.add (local.get 0) (local.get 1)))
  (func (export "call") (param i32) (result i32)
    (call_indirect $t (type $binary) (i32.const 1) (i32.const 2) (local.get 0)))
  (func (param externref) (result i32)
    (table.set $x (i32.const 0) (local.get 0))
    (drop (ref.func $add))
    (drop (table.grow $x (ref.null extern) (i32.const 2)))
    (ref.is_null (table.get $x (i32.const 0)))))
;;=
;;= table.wat:	file format wasm 0x1
;;=
;;= Section Details:
;;=
;;= Type[3]:
;;=  - type[0] (i32, i32) -> i32
;;=  - type[1] (i32) -> i32
;;=  - type[2] (externref) -> i32
;;= Function[3]:
;;=  - func[0] sig=0 <add>
;;=  - func[1] sig=1 <call>
;;=  - func[2] sig=2
;;= Table[2]:
;;=  - table[0] type=funcref initial=3 max=10 <t>
;;=  - table[1] type=externref initial=1 <x>
;;= Export[1]:
;;=  - func[1] <call> -> "call"
;;= Elem[2]:
;;=  - segment[0] flags=0 table=0 count=2 - init i32=0
;;=   - elem[0] = ref.func:0 <add>
;;=   - elem[1] = ref.func:0 <add>
;;=  - segment[1] flags=3 table=0 count=1
;;=   - elem[0] = ref.func:0 <add>
;;= Code[3]:
;;=  - func[0] size=7 <add>
;;=  - func[1] size=11 <call>
;;=  - func[2] size=24
;;= Custom:
;;=  - name: "name"
;;=  - func[0] <add>
;;=  - type[0] <binary>
;;=  - table[0] <t>
;;=  - table[1] <x>
;;=  - elemseg[1] <declared>
;;=
;;= Code Disassembly:
;;=
;;= 000047 func[0] <add>:
;;=  000048: 20 00                      | local.get 0
;;=  00004a: 20 01                      | local.get 1
;;=  00004c: 6a                         | i32.add
;;=  00004d: 0b                         | end
;;= 00004f func[1] <call>:
;;=  000050: 41 01                      | i32.const 1
;;=  000052: 41 02                      | i32.const 2
;;=  000054: 20 00                      | local.get 0
;;=  000056: 11 00 00                   | call_indirect 0 <t> (type 0 <binary>)
;;=  000059: 0b                         | end
;;= 00005b func[2]:
;;=  00005c: 41 00                      | i32.const 0
;;=  00005e: 20 00                      | local.get 0
;;=  000060: 26 01                      | table.set 1
;;=  000062: d2 00                      | ref.func 0
;;=  000064: 1a                         | drop
;;=  000065: d0 6f                      | ref.null extern
;;=  000067: 41 02                      | i32.const 2
;;=  000069: fc 0f 01                   | table.grow 1
;;=  00006c: 1a                         | drop
;;=  00006d: 41 00                      | i32.const 0
;;=  00006f: 25 01                      | table.get 1
;;=  000071: d1                         | ref.is_null
;;=  000072: 0b                         | end
